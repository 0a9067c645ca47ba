"""The ``python -m venv`` of a workflow step: an environment that holds only the other stand-ins.

Called as ``python venv.py WARM WORD...`` with the socket of the process that runs ``cuebook``. As ``pip.py``
it does without ``pathlib``.
"""

from __future__ import annotations

import os
import sys

sys.path.insert(0, os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", "..")))

from workflows.runner.commands_on_path import make_python

if __name__ == "__main__":
    warm, *words = sys.argv[1:]
    folders = [word for word in words if not word.startswith("-")]
    if len(folders) != 1:
        sys.exit("usage: python -m venv FOLDER")
    make_python(os.path.join(os.path.realpath(folders[0]), "bin"), warm)
