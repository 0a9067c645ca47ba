"""What the rules of ``cuebook check`` share: what could be read of a tree."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from cuebook.core.files import Tree
from cuebook.core.yaml_files import Document, read_yaml
from cuebook.registry import reader
from cuebook.registry.alias_pointers import Pointer
from cuebook.registry.judges import named_judges
from cuebook.registry.partly import Doubts
from cuebook.registry.suite_files import CASES, SCORERS
from cuebook.registry.version_files import VersionOutline
from cuebook.shapes.run import Version
from cuebook.shapes.suite import Suite


@dataclass
class Found:
    """What could be read of a tree, for the rules that look across files."""

    versions: dict[str, dict[int, Version | None]] = field(default_factory=dict)
    outlines: dict[str, dict[int, VersionOutline]] = field(default_factory=dict)
    """What can be seen of versions that are refused."""
    pointers: dict[str, dict[str, Pointer]] = field(default_factory=dict)
    suites: dict[str, Suite] = field(default_factory=dict)
    """What can be seen of each suite, also where part of it is refused."""
    doubts: dict[str, Doubts] = field(default_factory=dict)
    reads: dict[str, set[str]] = field(default_factory=dict)
    missed: dict[str, set[str]] = field(default_factory=dict)
    """Expectations that a scorer of a suite reads and no case has, as is said there."""
    named: set[str] = field(default_factory=set)
    """Prompts that a suite names, also one that cannot be read otherwise."""
    erased: dict[str, set[int]] = field(default_factory=dict)
    own_scorers: set[str] = field(default_factory=set)
    """Names of the scorers that the settings add: they are looked at, and never run to check a file."""
    opaque: set[str] = field(default_factory=set)
    """Suites with such a scorer, or one that is refused: what it reads is not known."""
    drafts: Collection[str] = ()
    """Paths that nobody accepted yet: a version among them is looked at as one in use is."""
    unread: set[str] = field(default_factory=set)
    """Prompts whose aliases cannot be read, so that nothing is said of what they lack."""

    def doubts_of(self, suite: str) -> Doubts:
        """The places of a suite of which nothing is to be concluded."""
        return self.doubts.get(suite, Doubts())

    def aliases_of(self, prompt: str) -> dict[str, Pointer]:
        """Where the aliases of a prompt point; none where it has none that can be read."""
        return self.pointers.get(prompt, {})

    def readable(self, prompt: str) -> list[Version]:
        """The versions of a prompt that could be read, in order."""
        return [version for _, version in sorted(self.versions.get(prompt, {}).items()) if version]

    def seen(self, prompt: str) -> list[Version]:
        """The versions of a prompt, also those that are refused, as far as they can be seen, in order."""
        partly = {number: item.version for number, item in self.outlines.get(prompt, {}).items()}
        whole = {version.number: version for version in self.readable(prompt)}
        return [version for _, version in sorted({**partly, **whole}.items())]

    def doubts_at(self, version: Version) -> frozenset[str]:
        """The keys of a version's file whose values are not known, because they are refused."""
        outline = self.outlines.get(version.prompt, {}).get(version.number)
        return outline.doubts if outline else frozenset()

    def in_use(self, prompt: str) -> list[Version]:
        """The live and the latest version of a prompt and its drafts, as far as they can be seen."""
        versions = self.seen(prompt)
        shown = reader.in_use([version.number for version in versions], self.aliases_of(prompt))
        return [item for item in versions if item.number in shown or item.path in self.drafts]

    def is_whole(self, suite: Suite) -> bool:
        """Whether all that reads a suite's cases could be read: else what is not read is unknown."""
        doubts = self.doubts_of(suite.name)
        if doubts.touch(CASES) or doubts.touch(SCORERS):
            return False
        files = self.versions.get(suite.prompt, {})
        gone = self.erased.get(suite.prompt, set())
        if not files or any(version is None and number not in gone for number, version in files.items()):
            return False
        pins = (pin.partition("/") for pin in named_judges(suite))
        return all(self.versions.get(name, {}).get(int(n) if n.isdecimal() else 0) for name, _, n in pins)


def read_document(tree: Tree, path: str) -> Document:
    """A file of the tree as YAML with its lines."""
    return read_yaml(tree.read(path) or b"", path)
