"""`python -m dentalx`."""

import sys

from dentalx.cli import main

if __name__ == "__main__":
    sys.exit(main())
