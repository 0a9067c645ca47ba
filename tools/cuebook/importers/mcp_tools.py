"""What an MCP server answers to ``tools/list``: its tools go into a prompt's next version (``--into``).

- ``name``, ``description`` and ``inputSchema`` are kept; a dot in a name becomes ``_``.
- ``title``, ``outputSchema``, ``annotations``, ``icons`` and ``_meta`` are left out, as no model sees them.
- A tool of the same name is replaced; other tools of the prompt stay, and so does everything else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cuebook.core.canonical import read_json
from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.format import plural
from cuebook.importers._base import Imported, NewPrompt, NewVersion, Request, Sniffed, mapping_of
from cuebook.importers._notes import Notes
from cuebook.importers._tools import converted
from cuebook.registry.version_files import as_file

FILES = "*.json, the answer of an MCP server to tools/list"
INTO_ONLY = True
"""Its tools go into an existing prompt, so that the import of a folder skips it."""
LARGEST = 4 * 1024 * 1024
"""Bytes of a file; a hundred tools take a tenth of it."""


def sniff(path: str, data: bytes) -> Sniffed:
    """Return ``mine`` for JSON with a list of tools that have a schema of their input."""
    # A cheap look before JSON is read.
    if not path.endswith(".json") or b"inputSchema" not in data:
        return "no"
    try:
        tools = _tools(_read(data))
    except ValueError:
        return "no"
    return "mine" if any("inputSchema" in tool for tool in tools or ()) else "no"


def read(request: Request) -> Imported:
    """Return the next version of the prompt that the tools go into. Raises InvalidFiles."""
    if request.into is None:
        what, cure = "tools are part of a prompt, not a prompt of their own", "add --into NAME"
        raise InvalidFiles([Problem(request.path, 0, what, cure)])
    try:
        found = _read(request.data)
    except ValueError as error:
        cure = "save the server's answer to tools/list"
        raise InvalidFiles([Problem(request.path, 0, f"not JSON that can be read: {error}", cure)]) from None
    tools = _tools(found)
    if tools is None:
        cure = 'it is {"tools": [{"name": ..., "inputSchema": {...}}]}'
        raise InvalidFiles([Problem(request.path, 0, "there is no list of tools in it", cure)])
    notes = Notes(request.path)
    made = converted(tools, lambda at, what, *, out=False: notes.say(["tools", at], what, out=out))
    # The list comes in pages, and one file holds one page.
    if "nextCursor" in _result(found):
        what = "the server has more tools (nextCursor): ask it for the rest, and import them, too"
        notes.left(["nextCursor"], what)
    names = {tool["name"] for tool in made}
    # The whole version again, as versions are never changed.
    base = as_file(request.into)
    # A tool that the server has no more stays: it may be another server's.
    rest = [tool for tool in base.get("tools", ()) if tool["name"] not in names]
    message = f"Take over {plural(len(made), 'tool')} from {request.file}"
    version = NewVersion({**base, "tools": [*rest, *made]}, message)
    return notes.imported([NewPrompt(request.into.prompt, [version])])


def _read(data: bytes) -> Any:
    if len(data) > LARGEST:
        raise ValueError(f"it has {len(data):,} bytes; the limit is {LARGEST:,}")
    return read_json(data.decode())


def _result(found: Any) -> Mapping[str, Any]:
    """The answer itself, whether or not it is in its JSON-RPC frame."""
    return mapping_of(mapping_of(found).get("result", found))


def _tools(found: Any) -> list[Mapping[str, Any]] | None:
    tools = _result(found).get("tools")
    if not isinstance(tools, list) or not all(isinstance(tool, Mapping) for tool in tools):
        return None
    return tools
