from __future__ import annotations

from pathlib import Path

import pytest

from build import write
from conftest import QA
from cuebook import check
from cuebook.core.canonical import digest_bytes
from cuebook.core.escape import HIDDEN
from cuebook.core.files import Folder
from cuebook.registry.plain_text import plain_text_problems

KEYS = [
    "sk-proj-" + "a" * 40,
    "sk-ant-api03-" + "A1-_" * 10,
    "ghp_" + "a1B2" * 9,
    "github_pat_" + "a1_" * 20,
    "AKIA" + "ABCD1234" * 2,
    "AIza" + "a1-_B" * 7,
    "xoxb-12345-" + "a" * 20,
    "hf_" + "aB" * 17,
    "glpat-" + "a1B2c" * 4,
    "eyJhbGciOiJIUzI1NiJ9." + "eyJ" + "a" * 20 + "." + "b" * 30,
    "-----BEGIN OPENSSH PRIVATE KEY-----",
]
"""Put together here, so that no scanner takes them for real ones."""


@pytest.mark.parametrize("key", KEYS)
def test_a_key_is_an_error_that_does_not_repeat_it(key: str) -> None:
    data = f"message: M\ntemplate: Use {key} for {{{{x}}}}\n".encode()
    [found] = plain_text_problems("a.yml", data, ())
    assert (found.line, found.severity, bool(found.since)) == (2, "error", True)
    assert key not in found.message + found.hint
    excuse = digest_bytes(data.split(b"\n")[1].strip())
    assert excuse in found.hint
    assert plain_text_problems("a.yml", data, {excuse}) == []


@pytest.mark.parametrize(
    "text",
    [
        "task-management-for-everybody-and-more",
        "sk-learn, sk-...",
        "ghp_xxx",
        "the risk-averse-and-careful-customers-of-ours",
        "sha256:" + "a" * 64,
        "PRIVATE KEY",
        "AKIA",
    ],
)
def test_what_is_no_key(text: str) -> None:
    assert plain_text_problems("a.yml", text.encode(), ()) == []


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("a \u202eno\u202c", "U+202E, U+202C"),
        ("a\u200bb", "U+200B"),
        ("a\u200db", "U+200D"),
        ("ta\U000e0041\U000e0042g", "U+E0041, U+E0042"),
        ("a\x1b[2J", "U+001B"),
        ("a\U0001bca0b", "U+1BCA0"),
        ("a\ufeffb\ufeffc", "U+FEFF"),
    ],
)
def test_a_hidden_character_is_a_warning_with_its_code_point(text: str, points: str) -> None:
    [found] = plain_text_problems("a.yml", f"one\n{text}\nthree".encode(), ())
    assert (found.line, found.severity, found.message) == (2, "warning", f"hidden characters: {points}")


@pytest.mark.parametrize(
    "text", ["\ufeffa: b\r\n\tc", "👩\u200d💻 ❤️", "می\u200cخواهم", "क्\u200dष", "\xe9\x80"]
)
def test_what_is_seen_or_part_of_a_word(text: str) -> None:
    assert [
        item for item in plain_text_problems("a.yml", text.encode(), ()) if "U+0080" not in item.message
    ] == []


def test_the_excuse_is_that_of_before_the_change(tmp_path: Path) -> None:
    path, line = "prompts/qa/v2.prompt.yml", f"message: Short {KEYS[0]}"
    bad = {path: QA[path].replace("message: Short answers", line)}
    excuse = {
        "prompts/qa/meta.yml": QA["prompts/qa/meta.yml"] + f"not_secret: ['{digest_bytes(line.encode())}']\n"
    }

    def errors(files: dict[str, str], base: dict[str, str]) -> list[str]:
        trees = [Folder(write(tmp_path / name, QA | made)) for name, made in (("a", files), ("b", base))]
        return [item.message for item in check.check(*trees) if "looks like a key" in item.message]

    assert errors(bad, {})
    assert errors(bad | excuse, {})
    assert errors(bad | excuse, excuse) == []


def test_every_file_of_a_registry_is_looked_at(tmp_path: Path) -> None:
    secret = QA | {"evals/qa/dataset.jsonl": QA["evals/qa/dataset.jsonl"].replace("green", KEYS[2], 1)}
    found = [
        item for item in check.check(Folder(write(tmp_path, secret))) if "looks like a key" in item.message
    ]
    assert [(item.file, item.line) for item in found] == [("evals/qa/dataset.jsonl", 1)]


@pytest.mark.parametrize("end", ["\r", "\x85", "\u2028", "\u2029"])
def test_an_end_of_line_that_no_diff_shows_is_refused(end: str) -> None:
    text = f"staging: 1{end}production: 2\r\n".encode()
    found = [
        item for item in plain_text_problems("prompts/qa/aliases.yml", text, ()) if item.severity == "error"
    ]
    assert [item.message for item in found] == [
        f"U+{ord(end):04X} ends a line here, and editors and diffs do not show that"
    ]
    assert [item for item in plain_text_problems("a.jsonl", text, ()) if item.severity == "error"] == []


COLLAPSED = "message: Shorter\nmodel: offline/rules\ntemplate: x # recorded_with: VCR 6\n"


@pytest.mark.parametrize(
    ("path", "text", "line", "shown"),
    [
        ("prompts/qa/v3.prompt.yml", COLLAPSED, 3, "recorded_with: VCR"),
        ("prompts/qa/aliases.yml", f"{COLLAPSED}b: 1", 3, "recorded_with: VCR"),
        ("prompts/poetry.lock/v1.prompt.yml", "a: b\n", 0, "poetry.lock"),
        ("evals/node_modules/dataset.jsonl", "{}\n", 0, "node_modules/"),
        ("evals/qa/package-lock.json", "{}\n", 0, "package-lock.json"),
    ],
)
def test_what_github_takes_for_generated_is_refused(path: str, text: str, line: int, shown: str) -> None:
    [found] = plain_text_problems(path, text.encode(), ())
    assert (found.line, found.severity, bool(found.since)) == (line, "error", True)
    assert repr(shown) in found.message


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("evals/qa/dataset.jsonl", COLLAPSED),
        ("prompts/qa/v3.prompt.yml", f"{COLLAPSED}b: 1\nc: 2\n"),
        ("prompts/poetry/v1.prompt.yml", "a: b\n"),
        ("prompts/vendor/v1.prompt.yml", "a: b\n"),
    ],
)
def test_what_github_shows_is_no_problem(path: str, text: str) -> None:
    assert plain_text_problems(path, text.encode(), ()) == []


def test_every_hidden_character_of_ascii_is_seen_in_a_file_of_ascii() -> None:
    for char in map(chr, range(128)):
        hidden = bool(HIDDEN.search(char)) and char not in "\n\t\r"
        found = plain_text_problems("a.yml", f"x: a{char}b\n".encode(), ())
        assert bool(found) is (hidden or char == "\r"), repr(char)


def test_a_file_of_hidden_characters_is_looked_through_once() -> None:
    data = b"a\n" + b"\0" * 500_000 + b"\nb\x01"
    found = plain_text_problems("evals/a/dataset.jsonl", data, ())
    assert [(item.line, item.message) for item in found] == [
        (2, "hidden characters: U+0000"),
        (3, "hidden characters: U+0001"),
    ]
