"""The ``cuebook`` of a workflow step, and the MkDocs that it runs: forked for it, see ``../warm.py``.

Called as ``python forked.py SOCKET WORD...``. It imports only what is built into Python: with ``json``,
``pathlib`` and ``socket`` it took four times as long to start.
"""

from __future__ import annotations

import _socket
import marshal
import os
import sys


def main(place: str, words: list[str]) -> int:
    """The exit code of the program with these words."""
    asked = marshal.dumps([["cuebook", *words], os.getcwd(), dict(os.environ)])
    call = _socket.socket(_socket.AF_UNIX)
    call.connect(place)
    streams = b"".join(at.to_bytes(4, sys.byteorder) for at in (0, 1, 2))
    call.sendmsg([len(asked).to_bytes(4, "big")], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, streams)])
    call.sendall(asked)
    return int.from_bytes(call.recv(4), "big", signed=True)


if __name__ == "__main__":
    code = main(sys.argv[1], sys.argv[2:])
    sys.exit(code if code >= 0 else 128 - code)
