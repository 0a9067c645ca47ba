"""The ``python -m venv`` of a workflow step: an environment that holds only the other stand-ins.

Called as ``python venv.py WARM WORD...`` with the socket of the process that runs ``cuebook``.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from workflows.runner.commands_on_path import make_python

if __name__ == "__main__":
    warm, *words = sys.argv[1:]
    folders = [word for word in words if not word.startswith("-")]
    if len(folders) != 1:
        sys.exit("usage: python -m venv FOLDER")
    make_python(Path(folders[0]).resolve() / "bin", Path(warm))
