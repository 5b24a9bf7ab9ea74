"""Looking."""
def sessions() -> None: """s"""
def timeline() -> None: """t"""
def quarantine() -> None: """q"""
