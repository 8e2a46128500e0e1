"""`python -m convdemo`."""

import sys

from .cli import main

sys.exit(main())
