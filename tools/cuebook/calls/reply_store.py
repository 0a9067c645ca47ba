"""Model replies on disk by the key of their call: no call is made twice.

One SQLite file, written by any number of processes at once. Each reply is a transaction of its own, so
a killed process loses nothing that it was told.
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from cuebook.core.errors import UPGRADE, InvalidFiles, Problem
from cuebook.core.tool_calls import ToolCall
from cuebook.shapes.run import ModelReply, Usage
from cuebook.shapes.transcripts import begins_at, transcript_of, with_transcript

FORMAT = 1
"""Format of the file, kept in SQLite's ``user_version``."""

PATIENCE = 30.0
"""Seconds to wait for other processes that write."""

_CHUNK = 500
"""SQLite takes at least 999 values in one statement."""
_LOG_PAGES = 16_384
"""Pages of 4 KiB that the log may have before it is copied into the file; see ``_open``."""
_COLUMNS = "key, text, served_model, input_tokens, output_tokens, cost_usd, seconds, finish, asked"
_JOINED = f"{_COLUMNS}, json FROM replies LEFT JOIN extras USING (key)"
_INSERT = (
    f"INSERT INTO replies ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "  # noqa: S608  constants
    "ON CONFLICT (key) DO NOTHING"
)
_TABLE = """CREATE TABLE replies (
    key TEXT PRIMARY KEY, text TEXT NOT NULL, served_model TEXT NOT NULL, input_tokens INTEGER,
    output_tokens INTEGER, cost_usd REAL, seconds REAL NOT NULL, finish TEXT NOT NULL,
    asked TEXT NOT NULL DEFAULT '')"""
_EXTRAS = "CREATE TABLE IF NOT EXISTS extras (key TEXT PRIMARY KEY, json TEXT NOT NULL)"
"""What a reply says beside its text, where it says something: earlier releases, which share the file, pass
over this table and add replies without it."""
_INSERT_EXTRA = (
    "INSERT INTO extras (key, json) SELECT ?, ? WHERE NOT EXISTS (SELECT 1 FROM replies WHERE key = ?) "
    "ON CONFLICT (key) DO NOTHING"
)


class ReplyStore:
    """The replies in one file, made when missing. Use in ``with``, from one thread.

    Every method raises InvalidFiles, naming the file and the cure, when the file cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
        try:
            self._open()
        except BaseException:
            self._connection.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file. Safe to call twice."""
        self._connection.close()

    def get(self, key: str) -> ModelReply | None:
        """Return the reply stored under a call's key, or None."""
        return self.get_many([key]).get(key)

    def get_many(self, keys: Iterable[str]) -> dict[str, ModelReply]:
        """Return the replies that are stored under these keys, by key."""
        found: dict[str, ModelReply] = {}
        remaining = iter(keys)
        with self._explained():
            while chunk := list(islice(remaining, _CHUNK)):
                marks = ",".join("?" * len(chunk))
                query = f"SELECT {_JOINED} WHERE key IN ({marks})"
                found.update(_read(row) for row in self._connection.execute(query, chunk))
        return found

    def put(self, key: str, reply: ModelReply) -> None:
        """Store a reply for good, surviving a kill of this process; the first one under a key stays."""
        usage = reply.usage
        row = (
            key,
            reply.text,
            reply.served_model,
            usage.input_tokens,
            usage.output_tokens,
            usage.cost_usd,
            reply.seconds,
            reply.finish,
            reply.asked,
        )
        with self._explained():
            if not (beside := _beside(reply)):
                self._connection.execute(_INSERT, row)  # one statement is a transaction by itself
                return
            with self._together():
                # What is beside a text belongs to the reply that is kept: to the first one.
                self._connection.execute(_INSERT_EXTRA, (key, beside, key))
                self._connection.execute(_INSERT, row)

    def count(self) -> int:
        """How many replies are stored."""
        with self._explained():
            return int(self._connection.execute("SELECT count(*) FROM replies").fetchone()[0])

    def merge(self, other: ReplyStore) -> int:
        """Copy every reply of another store that is missing here; return how many there were."""
        before = self._connection.total_changes
        with self._explained():
            extras = other._connection.execute("SELECT key, json FROM extras JOIN replies USING (key)")
            rows = other._connection.execute(f"SELECT {_COLUMNS} FROM replies ORDER BY key")  # noqa: S608
            with self._together():
                self._connection.executemany(_INSERT_EXTRA, ((key, beside, key) for key, beside in extras))
                # SQLite counts these rows, too, and they are no replies.
                beside = self._connection.total_changes - before
                self._connection.executemany(_INSERT, rows)
        return self._connection.total_changes - before - beside

    def _open(self) -> None:
        with self._explained():
            found = self._format()
            if found == 0:
                self._create()
            elif found == FORMAT:
                self._add_day()
            elif found > FORMAT:
                raise self._unusable(
                    f"it was written by a newer Cuebook (format {found}, this one knows {FORMAT})",
                    UPGRADE,
                )
            if not self._connection.execute("PRAGMA table_info(extras)").fetchone():
                self._connection.execute(_EXTRAS)
            self._patiently("PRAGMA journal_mode = WAL")
            # With WAL, NORMAL survives any kill of a process; only a power cut can lose the last replies.
            self._connection.execute("PRAGMA synchronous = NORMAL")
            # Copying the log into the file waits for the disk: 1 s was seen. Rarely, and mostly at the end.
            self._connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")

    def _create(self) -> None:
        execute = self._connection.execute
        with self._together():
            if self._format() == 0:  # another process may have been first
                if execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                    raise self._unusable("it is another program's database", "name another file")
                execute(_TABLE)
                execute(f"PRAGMA user_version = {FORMAT}")

    def _add_day(self) -> None:
        """Add the column that files of earlier releases lack; these can still read the file."""
        execute = self._connection.execute
        if any(row[1] == "asked" for row in execute("PRAGMA table_info(replies)")):
            return
        with self._together():
            # Another process may have been first.
            if not any(row[1] == "asked" for row in execute("PRAGMA table_info(replies)")):
                execute("ALTER TABLE replies ADD COLUMN asked TEXT NOT NULL DEFAULT ''")

    @contextmanager
    def _together(self) -> Iterator[None]:
        """One transaction: all of it is stored or nothing, whenever this process is killed."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def _format(self) -> int:
        return int(self._connection.execute("PRAGMA user_version").fetchone()[0])

    def _patiently(self, statement: str) -> None:
        """SQLite does not wait by itself when two processes change the journal mode at once."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.execute(statement)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                    raise
                time.sleep(0.01)
            else:
                return

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
                what, cure = "it is damaged", "move it away; its replies will be asked for again"
            else:
                what, cure = str(error), "see whether the folder can be written to and the disk has room"
            raise self._unusable(what, cure) from None

    def _unusable(self, what: str, cure: str) -> InvalidFiles:
        return InvalidFiles(
            [Problem(str(self.path), 0, f"the store of replies cannot be used: {what}", cure)]
        )


def merge_files(target: Path, sources: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Copy the replies of store files, in the order of their paths; return how many were new in each.

    Raises InvalidFiles for one that is no store.
    """
    with ReplyStore(target) as mine:
        for path in sorted(sources, key=Path.as_posix):
            with ReplyStore(path) as other:
                yield path, mine.merge(other)


def _read(row: tuple[Any, ...]) -> tuple[str, ModelReply]:
    key, text, served, read, written, cost, seconds, finish, asked, beside = row
    reply = ModelReply(text, served, Usage(read, written, cost), seconds, finish, asked)
    if beside:
        said = json.loads(beside)
        reply = replace(
            reply,
            tool_calls=tuple(ToolCall.of(*call) for call in said.get("toolCalls", ())),
            refusal=said.get("refusal", ""),
            reasoning=said.get("reasoning", ""),
        )
        reply = with_transcript(reply, said.get("messages", ()), said.get("begins", 0))
    return key, reply


def _beside(reply: ModelReply) -> str:
    """What a reply says beside its text, as JSON; empty where it says nothing there."""
    calls = [[call.id, call.name, call.raw] for call in reply.tool_calls]
    made: dict[str, Any] = {"toolCalls": calls, "refusal": reply.refusal, "reasoning": reply.reasoning}
    made |= {"messages": transcript_of(reply), "begins": begins_at(reply)}
    said = {name: value for name, value in made.items() if value}
    return json.dumps(said, ensure_ascii=False) if said else ""
