"""What nobody should find in a file of a registry: characters that cannot be seen, and keys of services.

Whatever is merged is published for good, so a key is refused; a line that only looks like one is excused by
its digest in ``meta.yml``, as it was before the change.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

from cuebook.core.canonical import digest_bytes
from cuebook.core.errors import Problem
from cuebook.core.escape import HIDDEN
from cuebook.wording.tree_files import tree_problem

_KEYS_BEGIN = {
    "sk-": "[A-Za-z0-9_-]{20,}",  # OpenAI, Anthropic
    **dict.fromkeys(("sk_live_", "rk_live_", "pk_live_"), "[A-Za-z0-9]{16,}"),  # Stripe
    **dict.fromkeys(("ghp_", "gho_", "ghu_", "ghs_", "ghr_"), "[A-Za-z0-9]{36,}"),
    "github_pat_": "[A-Za-z0-9_]{40,}",
    "glpat-": "[A-Za-z0-9_-]{20,}",
    **dict.fromkeys(("AKIA", "ASIA"), "[0-9A-Z]{16}"),  # AWS
    "AIza": "[0-9A-Za-z_-]{35}",  # Google
    "xox": "[abeprs]-[A-Za-z0-9-]{10,}",
    "hf_": "[A-Za-z0-9]{30,}",
    **dict.fromkeys(("gsk", "xai"), "[-_][A-Za-z0-9]{40,}"),
    "npm_": "[A-Za-z0-9]{36}",
    "pypi-AgE": "[A-Za-z0-9_-]{40,}",
    "eyJ": r"[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}",  # JSON Web Tokens
}
"""Beginnings that services chose so that their keys are found; what has none is not guessed at."""
_PRIVATE = "-----BEGIN "
KEYS = (
    f"(?<![A-Za-z0-9])(?:{'|'.join(first + rest for first, rest in _KEYS_BEGIN.items())})"
    f"|{_PRIVATE}[A-Z ]*PRIVATE KEY-----"
)
"""What a key looks like, in a syntax that browsers read alike: the site looks for it before it sends one."""
_KEYS = re.compile(KEYS)
_BREAK = re.compile("\r(?!\n)|[\x85\u2028\u2029]")
_JOINERS = "\u200c\u200d"
"""Part of words and emoji in many scripts, where other letters than ASCII come before them."""


def plain_text_problems(path: str, data: bytes, excused: Collection[str]) -> list[Problem]:
    """Return the hidden characters and keys of a file, each line once.

    ``excused`` are digests (``sha256:...``) of lines that hold no secret.
    """
    text = data.decode("utf-8", "replace").removeprefix("\ufeff")
    found = [*_collapsed(path, text), *key_problems(path, data, excused)]
    # The patterns below look at every character; most files hold none but these.
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return found
    return [*_hidden(path, text), *_line_breaks(path, text), *found]


def key_problems(path: str, data: bytes, excused: Collection[str]) -> list[Problem]:
    """Return the keys in a file that may be no text, such as an image."""
    return list(_keys(path, data.decode("utf-8", "replace").removeprefix("\ufeff"), excused))


def _line_breaks(path: str, text: str) -> Iterator[Problem]:
    """Characters that end a line in YAML and in no diff: what follows is a line that no reviewer sees."""
    if path.endswith(".yml") and (match := _BREAK.search(text)):
        line = text.count("\n", 0, match.start()) + 1
        yield tree_problem("line_break_unseen", path, line, character=f"U+{ord(match[0]):04X}")


_CASSETTE = "recorded_with: VCR"
_GENERATED = re.compile(
    r"node_modules/|(?:Gopkg|glide|poetry|pdm|composer|Cargo|Pipfile)\.lock|(?:npm-shrinkwrap|package-lock)\.json"
    r"|vendor/(?:[0-9A-Za-z-]+\.)+(?:com|edu|gov|in|me|net|org|fm|io)"
)
"""What GitHub (github-linguist, ``generated.rb``) looks for in a path, and at the end of YAML files."""


def _collapsed(path: str, text: str) -> Iterator[Problem]:
    """What GitHub takes for a file that no person wrote, and folds away where it is reviewed."""
    # In the line before the last; a line end at the end makes an empty one.
    last = text.rsplit("\n", 3)[-3:] if path.endswith(".yml") else []
    if any(_CASSETTE in line for line in last):
        line = text[: text.rindex(_CASSETTE)].count("\n") + 1
        yield tree_problem("ends_generated", path, line, words=_CASSETTE)
    elif match := _GENERATED.search(path):
        yield tree_problem("named_generated", path, name=match[0])


def _hidden(path: str, text: str) -> Iterator[Problem]:
    found: dict[int, list[str]] = {}
    line, counted = 1, 0
    for match in HIDDEN.finditer(text):
        char, before = match[0], text[match.start() - 1 : match.start()]
        if char in "\n\t\r" or (char in _JOINERS and not before.isascii()):
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        shown = found.setdefault(line, [])
        if (point := f"U+{ord(char):04X}") not in shown:
            shown.append(point)
    for line, points in found.items():
        listed = ", ".join(points[:5]) + (", ..." if len(points) > 5 else "")
        yield tree_problem("hidden_characters", path, line, characters=listed)


def _keys(path: str, text: str, excused: Collection[str]) -> Iterator[Problem]:
    # The pattern looks at every character, and most files hold no beginning of a key.
    if not any(first in text for first in (*_KEYS_BEGIN, _PRIVATE)) or not _KEYS.search(text):
        return
    for number, line in enumerate(text.split("\n"), 1):
        match = _KEYS.search(line)
        if match is None:
            continue
        known = digest_bytes(line.strip().encode())
        if known not in excused:
            yield tree_problem("looks_like_key", path, number, beginning=match[0][:8], digest=known)
