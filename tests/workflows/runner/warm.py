"""A process that has imported ``cuebook`` and MkDocs and forks itself for each that a step runs.

Importing takes more time than most commands do. The fork is a process of its own, with the working folder,
environment, arguments and standard streams of the step's, and ends as a program does; only the import is not
done again. ``shims/forked.py`` stands in the step and asks for it.

Called as ``python warm.py SOCKET``; serves until standard input ends.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import inspect
import marshal
import os
import pkgutil
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parents[3] / "tools"
FORKED = Path(__file__).parent / "shims/forked.py"
MKDOCS = ["-P", "-m", "mkdocs"]
"""How ``cuebook`` has its Python run MkDocs."""
WITHOUT_PAGES = "without-pages"
"""A file beside the socket: while it is there, what is forked leaves the pages out of a site."""
_PARTS = (
    "cuebook.cli._root",
    "mkdocs.__main__",
    "mkdocs.commands.build",
    "material.plugins.search.plugin",
    "pymdownx.highlight",
    "pymdownx.superfences",
)


@cache
def place() -> Path:
    """The socket of this test process's server, which is started when it is first asked for."""
    folder = Path(tempfile.mkdtemp(prefix="cuebook-warm-"))
    found = folder / "socket"
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "PYTHONPATH": str(TOOLS)}
    # As the command line itself does before it imports anything.
    environment["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(found))
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, "-P", __file__, str(listener.fileno())],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )
    real, words = (
        shlex.quote(sys.executable),
        shlex.join([sys.executable, "-I", "-S", str(FORKED), str(found)]),
    )
    script = f'if [ "$1 $2 $3" = "{" ".join(MKDOCS)}" ]; then exec {words} "$@"; fi\nexec {real} "$@"'
    _python(folder).write_text(f"#!/bin/sh\n{script}\n")
    _python(folder).chmod(0o755)
    atexit.register(_end, server, folder)
    return found


def _python(folder: Path) -> Path:
    """The Python that a forked ``cuebook`` takes for its own; it has MkDocs forked, too."""
    return folder / "python"


def _end(server: subprocess.Popen[bytes], folder: Path) -> None:
    assert server.stdin is not None
    server.stdin.close()
    server.wait()
    shutil.rmtree(folder, ignore_errors=True)


def serve(listener: socket.socket) -> None:
    """Answer each call by a fork, which returns from here to run a command; all others never do."""
    import_commands()
    keep_templates(Path.cwd() / "templates")
    os.fsync = os.sync = lambda *_: None  # type: ignore[assignment]  # as in tests/conftest.py
    gc.collect()
    gc.freeze()
    while True:
        ready, _, _ = select.select([listener, 0], [], [])
        _reap()
        if listener not in ready:
            os._exit(0)
        call, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            attend(call)
            return
        call.close()


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def import_commands() -> None:
    """Import all of ``cuebook`` and what the stand-ins answer with: a command imports some of it late."""
    parts = [item.name for item in pkgutil.walk_packages([str(TOOLS / "cuebook")], "cuebook.")]
    for name in [*_PARTS, *parts, "cuebook_standins"]:
        with suppress(ImportError):  # of a framework that is not here
            importlib.import_module(name)
    importlib.import_module("cuebook_standins").skills()
    complete_shapes(importlib.import_module("pydantic").BaseModel)
    for name in parts:
        keep_facts(sys.modules.get(name))


def complete_shapes(shape: Any) -> None:
    """Have pydantic make what it else makes at the first use of a shape, and of each that derives from it."""
    for derived in shape.__subclasses__():
        derived.model_rebuild()
        complete_shapes(derived)


def keep_facts(module: Any) -> None:
    """Call each function of a module that is told nothing and keeps what it returns: facts of the package."""
    for found in list(vars(module).values()) if module else ():
        own = hasattr(found, "cache_clear") and found.__module__ == module.__name__
        if own and not inspect.signature(found).parameters:
            found()


def keep_templates(folder: Path) -> None:
    """Have builds of the site compile each template once, and pass over the theme's 14,000 icons.

    MkDocs lists them among the files to copy and then leaves out what is in a hidden folder.
    """
    from jinja2 import Environment, FileSystemBytecodeCache, FileSystemLoader
    from mkdocs.theme import Theme

    folder.mkdir()
    made: Callable[[Theme], Environment] = Theme.get_env

    def get_env(theme: Theme) -> Environment:
        found = made(theme)
        found.bytecode_cache = FileSystemBytecodeCache(str(folder))
        return found

    def list_templates(loader: FileSystemLoader) -> list[str]:
        found = set()
        for top in loader.searchpath:
            for place, folders, files in os.walk(top):
                folders[:] = [name for name in folders if not name.startswith(".")]
                found |= {(Path(place) / name).relative_to(top).as_posix() for name in files}
        return sorted(found)

    Theme.get_env = get_env  # type: ignore[method-assign]
    FileSystemLoader.list_templates = list_templates  # type: ignore[method-assign]


def leave_out_pages() -> None:
    """Have a site hold what was published and one empty page: making pages takes longer than all else."""
    from cuebook.jobs import run_all
    from cuebook.site import build as real

    def build(_catalog: Any, _config: Any, out: Path, *, api: Path, published: Any, **_: Any) -> Any:
        real._check_place(out)
        fresh = out.with_name(f".{out.name}.new")
        (fresh / real.ASSETS).mkdir(parents=True)
        real._copy_published(api, published, fresh)
        (fresh / "index.html").write_text("<title>pages were left out</title>", "utf-8")
        real._swap(fresh, out)
        return real.SiteSummary(pages=1, guides=0, seconds=0.0)

    run_all.build = build


def attend(call: socket.socket) -> None:
    """Become what was asked for, in a fork; the process it was forked from says how it ended."""
    if (Path.cwd() / WITHOUT_PAGES).exists():
        leave_out_pages()
    size, streams, _, _ = socket.recv_fds(call, 4, 3)
    with call.makefile("rb") as sent:
        words, folder, environment = marshal.loads(sent.read(int.from_bytes(size, "big")))
    os.setsid()
    ended, until_its_end = os.pipe()
    child = os.fork()
    if child:
        os.close(until_its_end)
        _wait(child, ended, call)
    os.close(ended)
    call.close()
    for at, stream in enumerate(streams):
        os.dup2(stream, at)
        os.close(stream)
    sys.stdin, sys.stdout = (os.fdopen(at, mode, closefd=False) for at, mode in enumerate("rw"))
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace", closefd=False)
    sys.executable = str(_python(Path.cwd()))
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words


def _wait(child: int, ended: int, call: socket.socket) -> None:
    ready, _, _ = select.select([ended, call], [], [])
    if ended not in ready:  # the step was stopped, and so is all that it had started
        os.killpg(0, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    call.sendall(os.waitstatus_to_exitcode(status).to_bytes(4, "big", signed=True))
    os._exit(0)


def end_after(program: Callable[[], object]) -> None:
    """Run a program and end as Python does, but free nothing: that would copy every page of the parent."""
    code: object = 0
    try:
        program()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001  Python would print it, too
        traceback.print_exc()
        code = 1
    if not isinstance(code, int | None):
        sys.stderr.write(f"{code}\n")
        code = 1
    for wait in (threading._shutdown, atexit._run_exitfuncs, sys.stdout.flush, sys.stderr.flush):
        wait()
    os._exit((code or 0) & 0xFF)


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
    if sys.argv[1:4] == MKDOCS:
        del sys.argv[1:4]
        end_after(importlib.import_module("mkdocs.__main__").cli)
    end_after(importlib.import_module("cuebook.cli").main)
