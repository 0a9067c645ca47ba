"""Run the command line as ``python -m cuebook``, for where its program is not on the path."""

from __future__ import annotations

import sys
from pathlib import Path

# Python puts the folder in which it is run first: a file of a checkout would be imported as a library.
if sys.path and sys.path[0] == str(Path.cwd()):
    del sys.path[0]

from cuebook.cli import main

main()
