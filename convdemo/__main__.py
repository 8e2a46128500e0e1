"""`python -m convdemo`."""

import sys

from convdemo.cli.main import main

sys.exit(main())
