"""What importers share: the request that they get, the result that they return, and how names are made."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias

from cuebook.core.errors import InvalidFiles, Problem
from cuebook.core.files import FixedTree, Tree
from cuebook.core.json_lines import jsonl
from cuebook.core.layout import DATASET, EVALS, meta_path, suite_path
from cuebook.core.refs import suggest_name
from cuebook.core.yaml_files import dump_yaml
from cuebook.registry.paths import version_path
from cuebook.registry.settings import Settings
from cuebook.shapes._fields import CASE_ID_PATTERN
from cuebook.shapes.run import Version

Sniffed: TypeAlias = Literal["no", "maybe", "mine", "ours"]
"""``mine`` is settled by the name, or by a key that no other format has; ``maybe`` by the content alone."""


@dataclass(frozen=True, slots=True)
class Request:
    """A foreign file, and the choices made for its import.

    ``path`` is how people call the file in messages; ``name`` names the prompt and its suite, where somebody
    chose it. ``model`` and ``judge_model`` replace the models that the file asks for, ``usual_model`` is that
    of the settings, for files that name none. ``into`` is the version that the file changes. ``beside`` are
    the files below the folder that the file is in; nothing else is ever read. ``template`` says how a plain
    text writes its variables, ``expect`` which columns of a table are expectations.
    """

    path: str
    data: bytes
    name: str = ""
    model: str | None = None
    judge_model: str | None = None
    into: Version | None = None
    usual_model: str | None = None
    beside: Tree = field(default_factory=lambda: FixedTree({}))
    template: str = ""
    expect: Sequence[str] = ()
    rows_only: bool = False
    split: bool = False
    """Whether prompts with the same variables become prompts of their own, in place of versions of one."""
    served: Collection[str] = ()
    """Prefixes of models that this registry serves beside those of providers: its endpoints and plug-ins."""
    settings: Settings = field(default_factory=Settings)
    """The settings under which versions will be asked: an endpoint refuses what its kind of provider does."""

    def called(self, own: str = "") -> str:
        """Return the prompt's name: the one that was chosen, else one made of ``own`` or the file's name."""
        return self.name or suggest_name(own.strip() or _stem(self.path))

    def read_beside(self, path: str) -> bytes | None:
        """Return the bytes of a file that the source names; None for one that is not below its folder."""
        # What somebody sent must not read files of the machine that imports it.
        is_elsewhere = path.startswith("/") or ".." in path.split("/")
        return None if is_elsewhere else self.beside.read(path)

    @property
    def file(self) -> str:
        """The file's name without its folder, on one line."""
        # It goes into messages of versions, which are one line.
        return " ".join(self.path.rpartition("/")[2].split())[:200]


_GENERAL = {"promptfooconfig", "prompt", "prompts", "index", "config", "dataset", "tests"}
"""File names that a tool gives to every prompt: the folder's name is taken in their place."""


def _stem(path: str) -> str:
    folder, _, file = path.rpartition("/")
    # 01.joke.prompt: a number in front sorts files and names none.
    parts = file.split(".")
    stem = parts[1] if parts[0].isdecimal() and len(parts) > 2 else parts[0]
    stem = re.sub(r"[_-]prompt$", "", stem)
    above = folder.rpartition("/")[2]
    return above if stem in _GENERAL and above not in {"", ".", ".."} else stem


class Note(NamedTuple):
    """What was not taken (``left-out``), or taken in another form or with another meaning (``changed``).

    ``line`` counts from 1, 0 where the source has no lines; ``at`` is the place in the source, such as
    ``tests.0.assert.3``. ``whole`` says that a version, a prompt or a file was left out, not a part of it.
    """

    file: str
    line: int
    at: str
    kind: Literal["left-out", "changed"]
    message: str
    hint: str = ""
    whole: bool = False
    placed: str = ""
    """The message with its place before it, as people read it, who count from 1."""

    def __str__(self) -> str:
        return Problem(self.file, self.line, self.message, self.hint).said_as(self.kind)


@dataclass(frozen=True)
class NewVersion:
    """A version: what its file says, without message, author and date, which are apart.

    ``theirs`` is what it is called where it comes from, such as ``3``.
    """

    body: Mapping[str, Any]
    message: str
    theirs: str = ""
    author: str | None = None
    created: str | None = None
    line: int = 0

    def data(self) -> bytes:
        """Return the bytes of its file."""
        return self._data

    @cached_property
    def _data(self) -> bytes:
        """Made once: writing YAML takes more time than all else of an import."""
        # Cut to what a version's file may hold: ``OneLine`` takes 500 characters, a tag of ``meta`` below 64.
        signed = {"message": " ".join(self.message.split())[:500] or "Imported"}
        signed |= {"author": self.author} if self.author else {}
        signed |= {"created": self.created} if self.created else {}
        return dump_yaml({**signed, **self.body}, "prompt-version")


@dataclass(frozen=True, slots=True)
class NewPrompt:
    """A prompt with its versions, oldest first; ``aliases`` maps each to the index of a version.

    ``astray`` are aliases of versions that are not among them, each with the version's name there.
    """

    name: str
    versions: Sequence[NewVersion]
    title: str = ""
    description: str = ""
    tags: Sequence[str] = ()
    aliases: Mapping[str, int] = field(default_factory=dict)
    astray: Mapping[str, str] = field(default_factory=dict)

    def meta(self) -> bytes:
        """Return the bytes of its ``meta.yml``."""
        # Cut to what ``meta.yml`` may hold, as in a version's file; a comma would end a tag.
        title = " ".join(self.title.split())[:400] or self.name.replace("-", " ").capitalize()
        described = {"description": self.description} if self.description else {}
        tags = [" ".join(tag.replace(",", " ").split())[:64] for tag in ("imported", *self.tags)]
        kept = [tag for tag in dict.fromkeys(tags) if tag]
        return dump_yaml({"title": title, **described, "owners": [], "tags": kept}, "meta")


@dataclass(frozen=True, slots=True)
class NewCases:
    """Rows of a dataset, and the suite that scores them, if there is one."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    suite: Mapping[str, Any] | None = None

    @property
    def labels(self) -> list[str]:
        """The labels of the suite's scorers."""
        items = (self.suite or {}).get("scorers", ())
        named = [(item, {}) if isinstance(item, str) else next(iter(item.items())) for item in items]
        return [str(settings.get("as", name)) for name, settings in named]

    @property
    def judges(self) -> set[str]:
        """The names of the judges that score them."""
        items = (self.suite or {}).get("scorers", ())
        asked = [item["judge"]["prompt"] for item in items if isinstance(item, dict) and "judge" in item]
        return {ref.partition("/")[0] for ref in asked}


@dataclass(frozen=True, slots=True)
class Imported:
    """What was found in a foreign file, and everything that could not be kept as it was."""

    prompts: Sequence[NewPrompt] = ()
    cases: Sequence[NewCases] = ()
    notes: Sequence[Note] = ()
    problems: Sequence[Problem] = ()
    """Why the file cannot be imported; the rest is still filled, to report everything at once."""

    def only(self, names: Collection[str]) -> Imported:
        """Return the prompts and cases of these names, and the judges that score them."""
        cases = [item for item in self.cases if item.name in names]
        # A judge comes along with the cases that it grades, though nobody names it.
        asked = {judge for item in cases for judge in item.judges}
        prompts = [item for item in self.prompts if item.name in names or item.name in asked]
        return replace(self, prompts=prompts, cases=cases)

    @property
    def files(self) -> dict[str, bytes]:
        """The files that it becomes in a registry without any, by path below the root."""
        made: dict[str, bytes] = {}
        for prompt in self.prompts:
            for number, version in enumerate(prompt.versions, 1):
                made[version_path(prompt.name, number)] = version.data()
            made[meta_path(prompt.name)] = prompt.meta()
        for cases in self.cases:
            made |= case_files(cases)
        return made


class NotImported(InvalidFiles):
    """A file that cannot be imported; it carries the notes on the rest of the file."""

    def __init__(self, problems: Sequence[Problem], notes: Sequence[Note]) -> None:
        super().__init__(problems)
        self.notes = list(notes)


class Importer(Protocol):
    """A member of the family: a docstring on what becomes of what, ``FILES`` in words, two pure functions."""

    FILES: str

    def sniff(self, path: str, data: bytes) -> Sniffed:
        """Return whether a file has this format, as ``Sniffed`` says it; never raises."""

    def read(self, request: Request) -> Imported:
        """Return what the file becomes, with its problems. Raises InvalidFiles where it cannot be read."""


def mapping_of(given: Any) -> Mapping[str, Any]:
    """Return a mapping as it is, and an empty one in place of any other value that a file has there."""
    return given if isinstance(given, Mapping) else {}


def list_of(given: Any) -> list[Any]:
    """Return a list as it is, and an empty one in place of any other value that a file has there."""
    return given if isinstance(given, list) else []


def texts_of(given: Any) -> list[str]:
    """Return the texts in a list; none where it is no list."""
    return [item for item in list_of(given) if isinstance(item, str)]


def tags_of(metadata: Any) -> list[str]:
    """Return a tag ``key:value`` for each value of a case's metadata, of lists for each of their items."""
    pairs = mapping_of(metadata).items()
    several = (
        (key, item) for key, given in pairs for item in (given if isinstance(given, list) else [given])
    )
    # As the shape of a case has a tag: 64 characters of one line without a comma, which parts tags in a CSV.
    tags = [
        f"{key}:{item}"[:64]
        for key, item in several
        if isinstance(item, (str, int, float)) and not set("\r\n,") & set(f"{key}{item}")
    ]
    return list(dict.fromkeys(tags))


def in_order(number: Any) -> float:
    """Return what a foreign version is sorted by: its number, as a number or as digits; last without one."""
    return int(number) if str(number).isdecimal() else float("inf")


def case_files(cases: NewCases) -> dict[str, bytes]:
    """Return the files of a dataset and its suite, by path."""
    made = {f"{EVALS}/{cases.name}/{DATASET}": jsonl(cases.rows)} if cases.rows else {}
    if cases.suite is not None:
        made[suite_path(cases.name)] = dump_yaml(dict(cases.suite), "suite")
    return made


def slug(text: str, taken: Collection[str] = (), *, longest: int = 40) -> str:
    """Return a short lower-case name with hyphens for any text, other than those that are ``taken``."""
    base = re.sub(r"[^a-z0-9]+", "-", text.casefold())[:longest].strip("-") or "item"
    return free(base, taken)


def identifier(text: str, taken: Collection[str] = ()) -> str:
    """Return the variable name nearest to any text, other than those that are ``taken``."""
    base = re.sub(r"\W+", "_", text, flags=re.A)[:60].strip("_") or "value"
    return free(f"v_{base}" if base[0].isdigit() else base, taken, "_")


def case_id(text: str) -> str:
    """Return the id of a case nearest to any text; empty where it holds no letter and no digit."""
    return text if _CASE_ID.fullmatch(text) else _NO_CASE_ID.sub("-", text).strip("-._:")[:120]


_CASE_ID = re.compile(CASE_ID_PATTERN)
_NO_CASE_ID = re.compile(r"[^A-Za-z0-9._:-]+")


class FreeNames:
    """As ``free``, for many names in a row: each one returned is taken from then on."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self.taken = set(taken)
        self._last: dict[str, int] = {}

    def free(self, base: str) -> str:
        """Return the text, with a number behind it where it is taken."""
        # From the last number on: a thousand rows with one id would count from 2 each time.
        name, number = base, self._last.get(base, 1)
        while name in self.taken:
            number += 1
            name = f"{base}-{number}"
        self._last[base] = number
        self.taken.add(name)
        return name


def free(base: str, taken: Collection[str], mark: str = "-") -> str:
    """Return the text, with a number behind it where it is taken."""
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}{mark}{number}"
    return name
