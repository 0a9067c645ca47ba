"""The ``cuebook`` of a workflow step, and the MkDocs that it runs: forked for it, see ``../warm.py``.

Called as ``python forked.py SOCKET WORD...``.
"""

from __future__ import annotations

import json
import os
import socket
import sys
from pathlib import Path


def main(place: str, words: list[str]) -> int:
    """The exit code of the program with these words."""
    asked = json.dumps([["cuebook", *words], str(Path.cwd()), dict(os.environ)]).encode()
    with socket.socket(socket.AF_UNIX) as call:
        call.connect(place)
        socket.send_fds(call, [len(asked).to_bytes(4, "big")], [0, 1, 2])
        call.sendall(asked)
        return int.from_bytes(call.recv(4), "big", signed=True)


if __name__ == "__main__":
    code = main(sys.argv[1], sys.argv[2:])
    sys.exit(code if code >= 0 else 128 - code)
