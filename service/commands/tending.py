"""Tending."""


def doctor() -> None:
    """D"""
