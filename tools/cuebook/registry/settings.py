"""The trusted settings of a repository: ``[tool.cuebook]`` in pyproject.toml, or cuebook.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Container, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from pydantic import PrivateAttr, ValidationError

from cuebook.core.errors import InvalidFiles, nearest
from cuebook.core.files import Tree
from cuebook.core.layout import EVALS, PROMPTS, USUAL, Layout, layout_problem
from cuebook.core.shape_errors import shape_problems
from cuebook.core.stand_ins import RULE_MODELS, is_stand_in
from cuebook.core.toml_slips import slip_of
from cuebook.registry._shaped import known_keys, needed_keys
from cuebook.shapes.settings_format import ConfigFile
from cuebook.wording.tree_files import tree_problem

FILES = ("cuebook.toml", "pyproject.toml")


class Settings(ConfigFile):
    """The settings as written, and which model they ask. Every other module asks here."""

    _unread: str | None = PrivateAttr(None)
    """The text of settings of which the keys that say who is asked cannot be read."""

    def without(self, unread: str | None) -> Settings:
        """Return these settings, read without what a text says of who is asked; None: nothing is missing."""
        self._unread = unread
        return self

    def in_doubt(self, model: str) -> bool:
        """Return whether what cannot be read of the settings may say who is asked for a model id."""
        if self._unread is None:
            return False
        replaced = {named for row in RULE_MODELS for named in (row.answers, row.judge)}
        head = model.partition("/")[0]
        # A key may spell a letter by its number.
        named = rf"(?<![\w-]){re.escape(head)}(?![\w-])|\\[uUx]"
        return model in replaced or re.search(named, self._unread) is not None

    @property
    def replacements(self) -> dict[str, str]:
        """Map the ids of toys and stand-ins to the models that the settings ask in their place."""
        answers = {row.answers: self.model for row in RULE_MODELS}
        judges = {row.judge: self.judge_model for row in RULE_MODELS}
        return {named: model for named, model in (answers | judges).items() if model}

    @property
    def judging_model(self) -> str:
        """The model of a judge that is new: the one for judges, else the one for answers, or none."""
        return self.judge_model or self.model or ""

    def protected_with(self, earlier: Settings) -> list[str]:
        """Return what is protected, also by earlier settings: no change lets go of an alias and moves it."""
        return list(dict.fromkeys([*earlier.protected_aliases, *self.protected_aliases]))

    def unprotected_since(self, earlier: Settings) -> list[str]:
        """Return the aliases that earlier settings protect and these do not."""
        return [alias for alias in earlier.protected_aliases if alias not in self.protected_aliases]

    @property
    def likes(self) -> dict[str, str | None]:
        """Map each endpoint to the provider whose row of the table it follows; None where it names none."""
        return {name: endpoint.like for name, endpoint in self.endpoints.items()}

    @property
    def servers(self) -> dict[str, str]:
        """Map each endpoint to the digest of its address: another digest is another server."""
        return {name: endpoint.identity for name, endpoint in self.endpoints.items()}

    def server_of(self, model: str) -> str:
        """Return the digest of the server that is asked for a resolved model; empty without an endpoint."""
        return "" if is_stand_in(model) else self.servers.get(model.partition("/")[0], "")

    def resolve(self, model: str) -> str:
        """Return the model that is asked when this one is named."""
        return self.replacements.get(model, model)

    def allows(self, model: str, among: Container[str] | None = None) -> bool:
        """Return whether a resolved model may be asked: a stand-in, ``model``, ``judge_model``, a listed one.

        Without a list any model may; a change that nobody reviewed may use those in ``among`` only.
        """
        if is_stand_in(model) or model in {self.model, self.judge_model}:
            return True
        if not self.models:
            return among is None or model in among
        return any(fnmatchcase(model, pattern) for pattern in self.models)


def load_config(tree: Tree) -> Settings:
    """Return the settings of the repository, or the defaults where none are given.

    ``cuebook.toml`` wins over ``pyproject.toml``. Raises InvalidFiles with every problem.
    """
    for path in FILES:
        data = tree.read(path)
        table = _table(data, path)
        if data is not None and table is not None:
            return _checked(table, path, data.decode())
    return Settings()


def readable_config(tree: Tree) -> Settings:
    """The settings without the keys that are refused, for checks that go on; the defaults without any.

    A key that is written wrong counts by its right name. Of which models nothing can be said, the settings
    themselves tell: see ``in_doubt``.
    """
    try:
        return load_config(tree)
    except InvalidFiles:
        pass
    text = "\n".join((tree.read(path) or b"").decode(errors="replace") for path in FILES)
    given: dict[str, Any] = {}
    with suppress(InvalidFiles):
        tables = (_table(tree.read(path), path) for path in FILES)
        given = dict(next(table for table in tables if table is not None))
    # Without any key the text is no TOML; the packages of plug-ins are a table by themselves.
    is_read = bool(given)
    given = given or {"plugins": _packages(text)}
    known = known_keys(Settings)([])
    with suppress(ValidationError):
        try:
            Settings.model_validate(given)
        except ValidationError as error:
            wrong = {str(item["loc"][0]) for item in error.errors() if item["loc"]}
            is_read = is_read and not wrong & _ASKED
            for key in wrong:
                value, meant = given.pop(key, None), nearest(key, known)
                if key not in known and meant:
                    given.setdefault(meant, value)
        return Settings.model_validate(given).without(None if is_read else text)
    return Settings().without(text)


def _packages(text: str) -> dict[str, Any]:
    """The table of plug-ins in a text that is no TOML as a whole; empty where it cannot be read either."""
    _, *rest = re.split(r"^\[(?:tool\.cuebook\.)?plugins\]", text, maxsplit=1, flags=re.M)
    with suppress(ValueError):  # no TOML, or a number of too many digits
        return tomllib.loads(re.split(r"^\s*\[", rest[0], maxsplit=1, flags=re.M)[0]) if rest else {}
    return {}


_ASKED = {"endpoints", "targets", "model", "judge_model", "plugins"}
"""Keys that say who is asked: where one of them cannot be read, models that it names would seem unknown."""


_MAY_NAME_FOLDERS = re.compile(rb"(prompts|evals)_dir|\\[uUx]")
"""A key of the layout, or an escape that may spell one."""


def layout_of(tree: Tree) -> Layout:
    """Return where a tree keeps prompts and suites by its own settings; the default if these are broken."""
    # A history asks this of every settings file that ever was: one without such a key needs no reading.
    if not any(_MAY_NAME_FOLDERS.search(tree.read(path) or b"") for path in FILES):
        return USUAL
    for path in FILES:
        try:
            table = _table(tree.read(path), path)
        except InvalidFiles:
            continue
        if table is not None:
            found = Layout(str(table.get("prompts_dir", PROMPTS)), str(table.get("evals_dir", EVALS)))
            return found if layout_problem(found.prompts, found.evals) is None else USUAL
    return USUAL


def both_settings(tree: Tree) -> list[str]:
    """The files with settings where there is more than one. Raises InvalidFiles."""
    found = [path for path in FILES if _table(tree.read(path), path) is not None]
    return found if len(found) > 1 else []


def place_of(tree: Tree, *keys: str) -> tuple[str, int]:
    """Return the settings' file, and the line (0: none) of a key or of the nearest table around it."""
    for path in FILES:
        data = tree.read(path)
        if data is not None and _table(data, path) is not None:
            top = () if path == FILES[0] else ("tool", "cuebook")
            return path, _line_of(data.decode(), [*top, *keys])
    return FILES[0], 0


# A command asks four times for its settings, and a pyproject.toml may hold much else. A bound, because a
# history asks for each that ever was; above the hundred that one looks at, which would push today's out.
@lru_cache(maxsize=128)
def _table(data: bytes | None, path: str) -> Mapping[str, Any] | None:
    """The settings in a file, which nobody may change: who asks again gets the same."""
    if data is None:
        return None
    try:
        parsed = tomllib.loads(data.decode())
    except UnicodeDecodeError:
        raise InvalidFiles([tree_problem("settings_no_text", path)]) from None
    except (ValueError, RecursionError) as error:
        slip = slip_of(str(error), data.decode())
        wrong = tree_problem("settings_no_toml", path, slip.line, why=slip.what, cure=slip.cure)
        raise InvalidFiles([wrong]) from None
    if path == FILES[0]:
        if "tool" in parsed:
            at = _line_of(data.decode(), ["tool", "cuebook"])
            raise InvalidFiles([tree_problem("settings_misplaced", path, at, file=path)])
        return parsed
    tool = parsed.get("tool")
    found = tool.get("cuebook") if isinstance(tool, dict) else None
    if found is not None and not isinstance(found, dict):
        raise InvalidFiles([tree_problem("settings_no_table", path)])
    return found


def _checked(table: Mapping[str, Any], path: str, text: str) -> Settings:
    try:
        return Settings.model_validate(table)
    except ValidationError as error:
        top = () if path == FILES[0] else ("tool", "cuebook")

        def line_of(place: Sequence[str | int]) -> int:
            return _line_of(text, [*top, *map(str, place)])

        known, needed = known_keys(Settings), needed_keys(Settings)
        raise InvalidFiles(shape_problems(error, path, line_of, known, needed)) from None


_KEY = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_KEYS = rf"{_KEY}(?:\s*\.\s*{_KEY})*"
_TOML_LINE = re.compile(rf"\s*(?:\[\[?\s*(?P<table>{_KEYS})\s*\]|(?P<key>{_KEYS})\s*=)")


def _line_of(text: str, wanted: list[str]) -> int:
    """The line of a key, or of the nearest table around it; 0 where not even that is written out."""
    table: list[str] = []
    best, found = 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        match = _TOML_LINE.match(line)
        if match is None:
            continue
        keys = [part.strip("\"'") for part in re.findall(_KEY, match["table"] or match["key"])]
        here = keys if match["table"] else [*table, *keys]
        table = keys if match["table"] else table
        shared = here[: len(wanted)]  # [a.b] has the line of a, too
        if len(shared) > best and shared == wanted[: len(shared)]:
            best, found = len(shared), number
    return found
