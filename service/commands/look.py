"""Looking."""


def sessions() -> None:
    """S"""


def timeline() -> None:
    """T"""


def quarantine() -> None:
    """Q"""
