"""What is said of a foreign file while it is read: each thing once, at the line of its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import Broken
from cuebook.core.format import place_in_words
from cuebook.core.json_places import read_json_file
from cuebook.core.yaml_files import read_foreign_yaml
from cuebook.importers._base import Imported, NewCases, NewPrompt, Note

Place = Sequence[str | int]
"""Keys and indices on the way to a place in a file."""

CHOOSE_MODEL = (
    "choose one: --model openai/gpt-6-luna for all, or 'model' in cuebook.toml for those that name none"
)
"""The cure for a file without a model."""


class SourceFile(Protocol):
    """A file that was read: its data, and the line of each part of it."""

    @property
    def data(self) -> Any:
        """The file's value."""

    def line(self, place: Place = ()) -> int:
        """Return the line of a part, or of what is nearest to it."""


def read_source(data: bytes, path: str) -> SourceFile:
    """Read a YAML file, or a JSON file where its name says so. Raises InvalidFiles."""
    # JSON is read as JSON: as YAML it would have other lines for its faults, and take what JSON refuses.
    if path.endswith(".json"):
        return read_json_source(data, path)
    try:
        return read_foreign_yaml(data, path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None


def read_json_source(data: bytes, path: str) -> SourceFile:
    """Read a JSON file, whatever it is called: --from may have chosen the format. Raises InvalidFiles."""
    try:
        return read_json_file(data, path)
    except Broken as broken:
        raise InvalidFiles([broken.problem]) from None


class Notes:
    """What was left out or changed, and what is wrong, of one file."""

    def __init__(self, path: str, source: SourceFile | None = None) -> None:
        self.path = path
        self.source = source
        self.notes: list[Note] = []
        self.problems: list[Problem] = []
        self._lacks_model = False

    def line(self, place: Place = ()) -> int:
        """Return the line of a place; 0 where the source has no lines."""
        return self.source.line(place) if self.source else 0

    def left(
        self,
        place: Place,
        what: str,
        cure: str = "",
        *,
        whole: bool = False,
        line: int | None = None,
        key: str = "",
    ) -> None:
        """Note something that was not taken; ``whole`` for a version, a prompt or the file.

        ``key`` is the last part of the place where the message is to begin with it.
        """
        self._add(place, "left-out", what, cure, line, whole=whole, key=key)

    def changed(
        self, place: Place, what: str, cure: str = "", *, line: int | None = None, key: str = ""
    ) -> None:
        """Note something that has another form or meaning here; ``key`` as for ``left``."""
        self._add(place, "changed", what, cure, line, key=key)

    def say(self, place: Place, what: str, cure: str = "", *, out: bool = False) -> None:
        """Note something that was changed, or (``out``) left out."""
        self._add(place, "left-out" if out else "changed", what, cure, None)

    def _add(
        self,
        place: Place,
        kind: Any,
        what: str,
        cure: str,
        line: int | None,
        *,
        whole: bool = False,
        key: str = "",
    ) -> None:
        at = ".".join(map(str, place))
        line = self.line(place) if line is None else line
        message = f"{key}: {what}" if key else what
        placed = f"{place_in_words(place)}: {what}" if place else message
        self.notes.append(Note(self.path, line, at, kind, message, cure, whole, placed))

    def wrong(self, place: Place, what: str, cure: str = "", *, line: int | None = None) -> None:
        """Add a problem, which keeps the file from being imported."""
        line = self.line(place) if line is None else line
        self.problems.append(Problem(self.path, line, what, cure))

    def no_model(self, place: Place, what: str) -> None:
        """Add the problem of a version without a model, which keeps the file out; told once a file."""
        # Of a hundred versions without one, the first says it all.
        if not self._lacks_model:
            self._lacks_model = True
            self.wrong(place, what, CHOOSE_MODEL)

    def imported(self, prompts: Sequence[NewPrompt] = (), cases: Sequence[NewCases] = ()) -> Imported:
        """Return what was made of the file, with all that was found."""
        return Imported(prompts, cases, self.sorted, self.problems)

    @property
    def sorted(self) -> list[Note]:
        """The notes in the order of the file, each once."""
        # A place of promptfoo's defaults is met with every row that they are merged into.
        return sorted(dict.fromkeys(self.notes), key=lambda note: note.line)
