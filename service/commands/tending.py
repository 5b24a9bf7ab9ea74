"""Tending."""
def doctor() -> None: """d"""
