"""Gather the fragments of ``changelog.d`` under a release's heading in ``CHANGELOG.md``, and delete them.

python tools/changelog.py 1.2.0 [DATE]      the date is today's (UTC) unless given, as 2030-01-31
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("added", "changed", "fixed", "removed", "security")
"""The kinds of a change, in the order of their headings."""


def main(words: list[str]) -> int:
    """Write the release's section; the exit code."""
    if len(words) not in {1, 2} or not re.fullmatch(r"\d+\.\d+\.\d+\S*", words[0]):
        print(__doc__)
        return 2
    version, date = words[0], words[1] if len(words) == 2 else f"{dt.datetime.now(dt.UTC):%F}"
    target = ROOT / "CHANGELOG.md"
    text = target.read_text("utf-8")
    found = sorted(path for path in (ROOT / "changelog.d").glob("*.md") if path.name != "README.md")
    if stray := [path.name for path in found if path.name.split(".")[-2] not in KINDS]:
        print(f"{', '.join(stray)}: name each <what>.<kind>.md, with a kind of {', '.join(KINDS)}")
        return 1
    if not found or re.search(rf"^## {re.escape(version)}(\s|$)", text, re.M):
        print("changelog.d holds no fragment" if not found else f"CHANGELOG.md has {version} already")
        return 1
    target.write_text(released(text, section(version, date, found)), "utf-8")
    for path in found:
        path.unlink()
    print(f"{len(found)} changes of {version} are in CHANGELOG.md")
    return 0


def section(version: str, date: str, fragments: list[Path]) -> str:
    """The Markdown of one release: a list below each kind that occurs."""
    parts = [f"## {version} - {date}\n"]
    for kind in KINDS:
        items = [path.read_text("utf-8").strip() for path in fragments if path.name.split(".")[-2] == kind]
        if items:
            # Two spaces keep a fragment's later lines, and a block of code in it, inside its list item.
            lines = [f"- {item}".replace("\n", "\n  ").replace("\n  \n", "\n\n") for item in items]
            parts.append(f"### {kind.capitalize()}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def released(text: str, made: str) -> str:
    """The changelog with a new release above the others, below its introduction."""
    head, mark, rest = text.partition("\n## ")
    return f"{head.rstrip()}\n\n{made}" + (f"{mark}{rest}" if mark else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
