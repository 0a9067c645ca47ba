"""Run the command line as ``python -P -m cuebook``, for where its program is not on the path."""

from __future__ import annotations

import sys
from pathlib import Path


def run() -> None:
    """Run the command line, with nothing of the present folder taken for a library."""
    # Without -P, Python puts the folder in which it is run first: a file of a checkout would be imported.
    if sys.path and sys.path[0] == str(Path.cwd()):
        del sys.path[0]
    from cuebook.cli import main

    main()


if __name__ == "__main__":  # whoever lists the modules of a package imports each of them
    run()
