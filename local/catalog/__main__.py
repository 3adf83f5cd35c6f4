"""Entry point of `python -m local.catalog`."""

import sys

from local.catalog.cli import main

if __name__ == "__main__":
    sys.exit(main())
