"""Print the layers of the package: what each holds and imports, and private functions with one caller.

python tools/house.py                    the packages, highest first, and what they come to together
python tools/house.py --small [gate]     small private functions called from one place, of one package or all

What a gate costs is measured by tools/bench/bench_gate.py.
"""

from __future__ import annotations

import ast
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tools" / "cuebook"
SMALL = 8
"""Lines of a body up to which a function called once has to have a reason; see CONTRIBUTING.md."""


@dataclass(frozen=True)
class Module:
    """One file: its name such as ``gate.plan``, its tree, and how many lines it has."""

    name: str
    tree: ast.Module
    lines: int

    @property
    def package(self) -> str:
        """The layer that it is in; empty for the package's own ``__init__``."""
        return self.name.partition(".")[0]

    def imports(self, known: set[str]) -> set[str]:
        """Those of the ``known`` modules that it imports, wherever in the file that is."""
        found: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                found |= {node.module, *(f"{node.module}.{item.name}" for item in node.names)}
            elif isinstance(node, ast.Import):
                found |= {item.name for item in node.names}
        return {name for item in found if (name := item.removeprefix("cuebook.")) in known} - {self.name}


def modules(package: Path = PACKAGE) -> list[Module]:
    """Every module of the package, sorted by name; that of a folder has the folder's name."""
    found = []
    for path in sorted(package.rglob("*.py")):
        text = path.read_text("utf-8")
        name = ".".join(path.relative_to(package).with_suffix("").parts).removesuffix("__init__")
        found.append(Module(name.rstrip("."), ast.parse(text), text.count("\n")))
    return [item for item in found if item.name]


def layers() -> list[str]:
    """The packages as import-linter orders them, highest first."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers = next(item["layers"] for item in contracts if item["type"] == "layers")
    return [name.strip() for layer in layers for name in layer.split("|")]


def arrows(found: list[Module]) -> set[tuple[str, str]]:
    """Which package imports which other one."""
    known = {item.name for item in found}
    pairs = {(item.package, name.partition(".")[0]) for item in found for name in item.imports(known)}
    return {(upper, lower) for upper, lower in pairs if upper != lower}


def called_once(found: list[Module]) -> Iterator[tuple[Module, ast.FunctionDef, int]]:
    """Private functions of modules that one place names, with the lines of their body, docstring apart."""
    for item in found:
        names = Counter(node.id for node in ast.walk(item.tree) if isinstance(node, ast.Name))
        for node in item.tree.body:
            if not isinstance(node, ast.FunctionDef) or not node.name.startswith("_") or node.decorator_list:
                continue
            body = node.body[1:] if ast.get_docstring(node) else node.body
            if names[node.name] == 1 and body:
                yield item, node, (body[-1].end_lineno or 0) - body[0].lineno + 1


def main(words: list[str]) -> int:
    """Print what is asked for; the exit code."""
    found = modules()
    once = list(called_once(found))
    if words[:1] == ["--small"]:
        for item, node, lines in sorted(once, key=lambda each: (each[2], each[0].name, each[1].lineno)):
            if lines <= SMALL and words[1:] in ([], [item.package]):
                print(f"{lines:3} {item.name}:{node.lineno} {node.name}")
        return 0
    if words:
        print(__doc__)
        return 2
    down = arrows(found)
    print(f"{'package':10} {'modules':>7} {'lines':>6} {'longest':>7}  imports")
    for name in layers():
        inside = [item.lines for item in found if item.package == name]
        below = " ".join(lower for lower in layers() if (name, lower) in down)
        print(f"{name:10} {len(inside):7} {sum(inside):6,} {max(inside):7}  {below or '-'}")
    lines = sum(item.lines for item in found)
    print(f"{len(layers())} packages, {len(found)} modules, {lines:,} lines, {len(down)} arrows")
    small = sum(length <= SMALL for _, _, length in once)
    print(f"{len(once)} private functions have one caller, {small} of them at most {SMALL} lines (--small)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
