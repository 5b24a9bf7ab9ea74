"""``python -m service`` is ``onethread``."""

from service.cli import main

if __name__ == "__main__":
    main()
