"""A small registry without a fault, and what ``check`` says when some of its files are others."""

from __future__ import annotations

from pathlib import Path

from build import write
from cuebook import check
from cuebook.core.errors import Problem
from cuebook.core.files import Folder

GOOD = """\
message: First
model: offline/rules
messages:
  - {role: system, content: Answer briefly.}
  - {role: user, content: "{{question}}"}
"""


JUDGE = """\
message: First
model: offline/judge
inputs:
  answer: {type: string}
  mark: {type: string, default: "==="}
  reference: {type: string}
template: "{{mark}} {{answer}} {{mark}} {{reference}}"
responseFormat: json_schema
jsonSchema: {name: grade, schema: {type: object, properties: {reason: {}, score: {type: integer}}}}
"""


SUITE = """\
prompt: qa
scorers:
  - exact
gate:
  metrics:
    exact: {margin: 1.0, floor: 0.5}
"""


FILES = {
    "prompts/qa/v1.prompt.yml": GOOD,
    "prompts/qa/aliases.yml": "production: 1\n",
    "prompts/qa/meta.yml": "title: Questions\n",
    "evals/qa/suite.yml": SUITE,
    "evals/qa/dataset.jsonl": '{"id": "a", "inputs": {"question": "?"}, "expectations": {"answer": "yes"}}\n',
}


def found(tmp_path: Path, changed: dict[str, str | bytes | None]) -> list[Problem]:
    files = {name: text for name, text in (FILES | changed).items() if text is not None}
    problems = check.check(Folder(write(tmp_path, files)))
    # Programs go by the codes, whatever the file and the fault: each of these tests looks for one without.
    assert [item for item in problems if not item.code] == []
    return problems


def version(text: str) -> dict[str, str | bytes | None]:
    return {"prompts/qa/v1.prompt.yml": text}


def refused(
    tmp_path: Path, changed: dict[str, str | bytes | None], place: str, message: str, hint: str
) -> None:
    """Expect this error of the files with these changed, at its place and with its cure."""
    problems = [item for item in found(tmp_path, changed) if item.severity == "error"]
    lines = [f"{item.file}:{item.line}" if item.line else item.file for item in problems]
    match = [
        item for item, line in zip(problems, lines, strict=True) if place in line and message in item.message
    ]
    assert match, [str(problem) for problem in problems]
    assert any(hint in item.hint for item in match), match
