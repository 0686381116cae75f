"""`python -m etalon sync FOLDER`."""

import sys

from .sync import main

if __name__ == "__main__":
    sys.exit(main())
