"""Translate paths between the usual layout (``prompts/``, ``evals/``) and that of a repository's settings.

Inside, every path is of the usual layout: a tree translates what it reads, writing what it writes, and words
are translated where they are shown. So each tree is read by its own settings, and moving a folder is no
way around a rule that looks for files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

PROMPTS, EVALS = "prompts", "evals"
ALIASES, META = "aliases.yml", "meta.yml"
"""Files of a prompt's folder, beside its versions."""
SUITE, DATASET, LABELS = "suite.yml", "dataset.jsonl", "labels.jsonl"
"""Files of a suite's folder; a suite may give its dataset another name. Labels are of a judge."""

_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*")
_TAKEN = frozenset({"overrides", "site", "schemas", "build"})


def aliases_path(prompt: str) -> str:
    """Return the path of the file that says where a prompt's aliases point, in the usual layout."""
    return f"{PROMPTS}/{prompt}/{ALIASES}"


def meta_path(prompt: str) -> str:
    """Return the path of a prompt's title, owners and tags, in the usual layout."""
    return f"{PROMPTS}/{prompt}/{META}"


def version_file(number: int | str) -> str:
    """Return the name of the file of version ``number``, in its prompt's folder."""
    return f"v{number}.prompt.yml"


def version_path(prompt: str, number: int) -> str:
    """Return the path of version ``number`` of a prompt, in the usual layout."""
    return f"{PROMPTS}/{prompt}/{version_file(number)}"


def suite_path(suite: str) -> str:
    """Return the path of the file that says by which rules a suite decides, in the usual layout."""
    return f"{EVALS}/{suite}/{SUITE}"


def labels_path(judge: str) -> str:
    """Return the path of a judge's labels that are in no file of one person, in the usual layout."""
    return f"{EVALS}/{judge}/{LABELS}"


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders of prompts and of suites, below the registry's root."""

    prompts: str = PROMPTS
    evals: str = EVALS

    @property
    def is_usual(self) -> bool:
        """Whether the folders have their usual names, so that nothing is translated."""
        return self == USUAL

    def there(self, path: str) -> str:
        """Return where a path of the usual layout is in the repository."""
        top, mark, rest = path.partition("/")
        if top in (PROMPTS, EVALS):
            return f"{self.prompts if top == PROMPTS else self.evals}{mark}{rest}"
        return path

    def usual(self, path: str) -> str | None:
        """The usual path of one in the repository; None in a folder of a usual name that is no registry's."""
        for folder, name in ((self.prompts, PROMPTS), (self.evals, EVALS)):
            if path == folder or path.startswith(f"{folder}/"):
                return name + path.removeprefix(folder)
        return None if path.partition("/")[0] in (PROMPTS, EVALS) else path

    def file(self, path: str, data: bytes) -> tuple[str, bytes]:
        """Return the path of a new file, and its bytes with the relative path from there to the schemas."""
        there = self.there(path)
        deeper = b"../" * (there.count("/") - path.count("/"))
        return there, data.replace(_SCHEMAS, deeper + _SCHEMAS, 1) if data.startswith(_HEAD) else data

    def words(self, text: str) -> str:
        """Return a sentence of ours with its paths as they are in the repository."""
        return text if self.is_usual else _PATH.sub(lambda found: self.there(found[0]), text)


USUAL = Layout()
_SCHEMAS = b"../../schemas/"
_HEAD = b"# yaml-language-server: $schema=" + _SCHEMAS
_PATH = re.compile(rf"(?<![\w./:-])(?:{PROMPTS}|{EVALS})/")

_shown = [USUAL]
"""The layout that words name files by: one for the process, as a command is about one registry.

It is no value that is handed on, because a file is named some fifty times deep inside functions that get a
verdict or a problem and nothing else, and records know usual paths only. Whoever sets it is at an edge:
``cli/_shared.py`` where a command opens a registry, ``github/report.py`` for the registry of a run's report.
Only ``shown`` reads it.
"""


def show(layout: Layout) -> None:
    """Show paths in messages by this layout from now on."""
    _shown[0] = layout


def shown(text: str) -> str:
    """Return a path, or a sentence of ours, with the file names of this repository."""
    return _shown[0].words(text)


def layout_problem(prompts: str, evals: str) -> str | None:
    """Return why a registry cannot use two folders of the settings; None where it can."""
    for name, folder in (("prompts_dir", prompts), ("evals_dir", evals)):
        if not _PLAIN.fullmatch(folder):
            return f"{name}: {folder!r} should be a folder of the registry, such as llm/{name[:-4]}"
        if folder.partition("/")[0].lower() in _TAKEN:
            return f"{name}: {folder.partition('/')[0]}/ holds other files of a registry; name another folder"
    first, second = f"{prompts}/".lower(), f"{evals}/".lower()
    if first.startswith(second) or second.startswith(first):
        return f"prompts_dir and evals_dir: {prompts!r} and {evals!r} have to be beside each other"
    if prompts.partition("/")[0] == EVALS or evals.partition("/")[0] == PROMPTS:
        return "prompts_dir and evals_dir: neither may be in the other's usual folder"
    return None
