"""Prompts and suites of one tree: listing them, reading each once, resolving refs.

A command that needs one file fails with that file's problems only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cuebook.core import git, refs
from cuebook.core.errors import InvalidFiles, UnknownPrompt, UsageError
from cuebook.core.errors import did_you_mean as hint_for
from cuebook.core.files import Tree
from cuebook.core.layout import SUITE, aliases_path, meta_path
from cuebook.registry.alias_pointers import Pointer, live
from cuebook.registry.labels import read_labels
from cuebook.registry.paths import EVALS, PROMPTS
from cuebook.registry.suite_files import outline_of, read_suite
from cuebook.registry.version_files import called_now, read_meta, read_pointers, read_version
from cuebook.shapes.file_formats import MetaFile
from cuebook.shapes.labels import Labels
from cuebook.shapes.run import Version
from cuebook.shapes.suite import Suite


def in_use(numbers: Sequence[int], pointers: Mapping[str, Pointer]) -> list[int]:
    """Return the versions that an alias makes live, and the latest. ``numbers`` are ascending."""
    pointed = live(pointers)
    return [number for number in numbers if number in pointed or number == numbers[-1]]


@dataclass
class Registry:
    """The prompts and suites of one tree. ``added`` maps paths to the commits that added the files."""

    tree: Tree
    added: Mapping[str, git.Commit] = field(default_factory=dict)
    _versions: dict[str, dict[int, str]] | None = field(default=None, repr=False)
    _read: dict[tuple[str, int], Version] = field(default_factory=dict, repr=False)
    _suites: dict[str, Suite] = field(default_factory=dict, repr=False)
    _suite_names: list[str] | None = field(default=None, repr=False)
    _labels: dict[str, Labels] = field(default_factory=dict, repr=False)

    def _index(self) -> dict[str, dict[int, str]]:
        if self._versions is None:
            self._versions = {}
            for path in self.tree.paths(PROMPTS):
                _, name, *rest = path.split("/")
                if len(rest) == 1:
                    numbers = self._versions.setdefault(name, {})
                    number = refs.version_number(rest[0])
                    if number is not None:
                        numbers[number] = path
        return self._versions

    def set_on(self, path: str) -> str | None:
        """Return the day of the commit that added a file, such as ``2026-11-22``; None if it is unknown."""
        return self.added[path].time[:10] if path in self.added else None

    def names(self) -> list[str]:
        """Every prompt, sorted."""
        return sorted(self._index())

    def numbers(self, name: str) -> list[int]:
        """The version numbers of a prompt, ascending. Raises UnknownPrompt."""
        return sorted(self._folder(name))

    def next_number(self, name: str) -> int:
        """Return the number of the next version: one that no version ever had, erased ones included."""
        if name not in self.names():
            return 1
        return max([*self.numbers(name), *self.meta(name).erased], default=0) + 1

    def _folder(self, name: str) -> dict[int, str]:
        index = self._index()
        if name not in index:
            raise refs.unknown_prompt(name, list(index), called_now(self.tree, name))
        return index[name]

    def version(self, name: str, number: int) -> Version:
        """One version. Raises UnknownPrompt, UnknownVersion, InvalidFiles."""
        folder = self._folder(name)
        if number not in folder:
            # Whatever else is wrong in it: what is erased is told wherever that can be read.
            meta, _ = read_meta(self.tree.read(meta_path(name)) or b"", meta_path(name))
            raise refs.unknown_version(name, number, list(folder), meta.erased if meta else ())
        if (name, number) not in self._read:
            path = folder[number]
            version, problems = read_version(self.tree.read(path) or b"", path, name, number, self.tree)
            if version is None:
                raise InvalidFiles(problems)
            self._read[name, number] = self._signed(version)
        return self._read[name, number]

    def _signed(self, version: Version) -> Version:
        commit = self.added.get(version.path)
        if commit is None:
            return version
        # The file's own words come first: an imported version is older than the commit that added it.
        return replace(
            version, author=version.author or commit.author, created=version.created or commit.time
        )

    def versions(self, name: str) -> list[Version]:
        """Every version of a prompt, ascending. Raises as ``version``."""
        return [self.version(name, number) for number in self.numbers(name)]

    def aliases(self, name: str) -> dict[str, int]:
        """Alias to the version in use, without ``latest``. Raises UnknownPrompt, InvalidFiles."""
        return {alias: pointer.use for alias, pointer in self.pointers(name).items()}

    def pointers(self, name: str) -> dict[str, Pointer]:
        """As ``aliases``, with the versions that are tried by a share of units. Raises as ``aliases``."""
        self._folder(name)
        path = aliases_path(name)
        data = self.tree.read(path)
        if data is None:
            return {}
        pointers, problems = read_pointers(data, path)
        if problems:
            raise InvalidFiles(problems)
        return pointers

    def live(self, name: str, aliases: Collection[str] | None = None) -> list[int]:
        """The versions that these aliases, or all of them, make live, ascending. Raises as ``aliases``."""
        return live(self.pointers(name), aliases)

    def in_use(self, name: str) -> list[int]:
        """The versions that an alias makes live, and the latest, ascending. Raises as ``aliases``."""
        return in_use(self.numbers(name), self.pointers(name))

    def meta(self, name: str) -> MetaFile:
        """Title, owners and tags; a plain title where the file is missing. Raises InvalidFiles."""
        self._folder(name)
        path = meta_path(name)
        data = self.tree.read(path)
        if data is None:
            return MetaFile(title=name)
        meta, problems = read_meta(data, path)
        if meta is None:
            raise InvalidFiles(problems)
        return meta

    def resolve(self, ref: str | refs.Ref) -> Version:
        """The version a ref names. Raises one of the four RefErrors, or InvalidFiles."""
        wanted = refs.parse_ref(ref) if isinstance(ref, str) else ref
        if wanted.name not in self._index() and wanted.alias in self._index():
            # The path of a prompt's folder is read as a prompt and its alias.
            raise UnknownPrompt(f"no prompt is called {wanted.name!r}", f"write {wanted.alias}")
        numbers = self.numbers(wanted.name)
        if wanted.version is not None:
            return self.version(wanted.name, wanted.version)
        if wanted.alias == refs.LATEST:
            return self.version(wanted.name, numbers[-1] if numbers else 1)
        aliases = self.aliases(wanted.name)
        if wanted.alias not in aliases:
            raise refs.unknown_alias(wanted.name, str(wanted.alias), list(aliases))
        return self.version(wanted.name, aliases[wanted.alias])

    def suite_names(self) -> list[str]:
        """Every suite, sorted: the folders under ``evals/`` with a ``suite.yml``."""
        if self._suite_names is None:
            parts = [path.split("/") for path in self.tree.paths(EVALS)]
            self._suite_names = sorted(name for _, name, *rest in parts if rest == [SUITE])
        return list(self._suite_names)

    def suite(self, name: str) -> Suite:
        """One suite with its cases. Raises UsageError when there is none, InvalidFiles."""
        if name not in self._suites:
            if name not in self.suite_names():
                meant = refs.ref_of_path(name).partition("/")[0]
                hint = f"write {meant}" if meant else hint_for(name, self.suite_names())
                raise UsageError(f"no suite is called {name!r}", hint)
            suite, problems = read_suite(self.tree, name)
            if suite is None:
                raise InvalidFiles(problems)
            self._suites[name] = suite
        return self._suites[name]

    def labels(self, judge: str) -> Labels:
        """Return what people labelled for a judge, against which it is measured; empty where nobody did.

        Raises InvalidFiles.
        """
        if judge not in self._labels:
            labels, problems = read_labels(self.tree, judge)
            # What an earlier release accepted stays usable, though ``check`` finds fault with it.
            if any(item.breaks for item in problems):
                raise InvalidFiles(problems)
            self._labels[judge] = labels
        return self._labels[judge]

    def suites_of(self, prompt: str) -> list[Suite]:
        """The suites that evaluate a prompt. Raises InvalidFiles when one that does, or may, is broken.

        One of another prompt says nothing here: the rules of long ago may be of a form that no reader knows.
        """
        found = []
        for name in self.suite_names():
            try:
                found.append(self.suite(name))
            except InvalidFiles:
                outline, _ = outline_of(self.tree, name)
                if outline is None or outline.is_guess or outline.suite.prompt in {"", prompt}:
                    raise
        return [suite for suite in found if suite.prompt == prompt]
