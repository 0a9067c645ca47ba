"""The command line. Each ``cmd_<name>.py`` here is a command, imported only when it is called."""

from __future__ import annotations

import ast
import atexit
import errno
import gc
import importlib
import importlib.util
import os
import sys
import traceback
from contextlib import suppress
from functools import cache
from pathlib import Path

from cuebook.core.errors import EXIT_INTERRUPTED, EXIT_USAGE, CuebookError, MissingExtra

EXIT_BUG = 70
"""A bug in Cuebook itself (EX_SOFTWARE of sysexits)."""

EXIT_CUT = 141
"""What a shell reports of a program whose reader went away: 0 or 1 would say what a gate did not."""

_OF_THE_MACHINE = frozenset(
    getattr(errno, name)
    for name in ("ENOSPC", "EDQUOT", "EROFS", "EACCES", "EPERM", "EIO", "EFBIG", "EMFILE", "ENOTDIR", "ELOOP")
    if hasattr(errno, name)
)
"""Errors of a write that are no bug: a full disk, a folder of somebody else."""

_PREFIX = "cmd_"


@cache
def command_names() -> tuple[str, ...]:
    """Return every command, sorted; a ``cmd_site_build.py`` would be ``site-build``."""
    folder = Path(__file__).parent
    return tuple(
        sorted(path.stem.removeprefix(_PREFIX).replace("_", "-") for path in folder.glob(f"{_PREFIX}*.py"))
    )


def summary(name: str) -> str:
    """Return the first line of a command's help, without importing it."""
    # The help lists every command, and importing them all would take far longer.
    source = (Path(__file__).parent / f"{_PREFIX}{name.replace('-', '_')}.py").read_text(encoding="utf-8")
    command = next(
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.FunctionDef) and node.name == "command"
    )
    return (ast.get_docstring(command) or "").splitlines()[0]


def main() -> None:
    """Run a command, show errors for people, and end with the right code: the ``cuebook`` program."""
    _open_standard()
    output = sys.stdout
    # Hardly anything that a command makes is part of a cycle, and one look through what a gate of 40 verdicts
    # has made, 150,000 objects, takes 10% of its time. A million of them are about 100 MB.
    gc.set_threshold(1_000_000)
    # Nor need a process that ends look for any: after a gate of many verdicts that is 10% of its time.
    atexit.register(gc.freeze)
    # No installed package has a say in what a prompt file may hold; looking for some takes 20 ms.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    try:
        if importlib.util.find_spec("click") is None:
            raise MissingExtra("the command line", "cli")
        from cuebook.cli._root import root

        # A terminal that lacks a character shows a question mark, and no command fails over it.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]

        code = root.main(standalone_mode=False)
        sys.stdout.flush()  # now, as a reader of the pipe that is gone is caught below
        sys.exit(code if isinstance(code, int) else 0)
    except CuebookError as error:
        _say(f"cuebook: {error}")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        _say("cuebook: interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except SystemExit:
        # click ends with 1 where the reader of the output went away, and puts another one in its place.
        if sys.stdout is not output:
            sys.exit(EXIT_CUT)
        raise
    except BrokenPipeError:
        # The reader had enough, such as head; Python would flush once more, and fail, as it ends.
        _leave_stdout()
        sys.exit(EXIT_CUT)
    except OSError as error:
        sys.exit(_of_the_machine(error))
    except Exception as error:  # noqa: BLE001  the one place where a bug becomes a message
        sys.exit(_other(error))


def _open_standard() -> None:
    """Open what was closed before the start: the next file that is opened would take its number."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is None:
            # In this order each gets the lowest free number, which is its own.
            os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def _leave_stdout() -> None:
    with suppress(ValueError):  # an output that is no file of the system
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _of_the_machine(error: OSError) -> int:
    """Exit code of an error of the machine, told with its file; anything else is a bug of ours."""
    if error.errno not in _OF_THE_MACHINE:
        return _other(error)
    if not error.filename:
        _leave_stdout()
    where = error.filename or "the output"
    _say(f"cuebook: {where} cannot be written or read: {os.strerror(error.errno or 0)}")
    _say("    free some space, change its permissions, or name another folder")
    return EXIT_USAGE


def _other(error: Exception) -> int:
    """Exit code of click's own errors, shown as click does; anything else is a bug of ours."""
    import click

    if isinstance(error, click.Abort):
        _say("cuebook: interrupted")
        return EXIT_INTERRUPTED
    # click shows its own errors with the usage line, which an error of ours has not.
    if isinstance(error, click.ClickException):
        from cuebook.cli._root import way_out

        error.show()
        if cure := way_out(error, sys.argv[1:]):
            _say(f"    {cure}")
        return EXIT_USAGE
    _say("".join(traceback.format_exception(error)))
    _say("cuebook: this is a bug in Cuebook; please report it with the lines above")
    return EXIT_BUG


def _say(text: str) -> None:
    # Imported here, as hardly any command ends in an error.
    from cuebook.core.escape import block

    print(block(text), file=sys.stderr)  # noqa: T201
