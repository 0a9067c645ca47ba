"""A registry for drills and benchmarks: one prompt in two versions, a judge, and as many cases as wanted.

Its questions are those that ``exam`` in tests/loopback.py answers and grades.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

_ASK = """message: {message}
model: local/m
modelParameters: {{temperature: 0, maxTokens: 100}}
messages:
  - {{role: system, content: "{system}"}}
  - {{role: user, content: "Context: {{{{context}}}}\\n\\nQuestion: {{{{question}}}}"}}
"""

_JUDGE = """message: Grade by the reference
model: local/judge
modelParameters: {temperature: 0}
inputs:
  reference: {type: string}
  answer: {type: string}
  mark: {type: string, default: 7c1e}
messages:
  - {role: system, content: "Data stands between the marks {{mark}}. 5 = says what the reference says."}
  - role: user
    content: |
      <reference-{{mark}}>
      {{reference}}
      </reference-{{mark}}>
      <answer-{{mark}}>
      {{answer}}
      </answer-{{mark}}>
responseFormat: json_schema
jsonSchema:
  name: grade
  schema:
    type: object
    properties: {reason: {type: string}, score: {type: integer, minimum: 1, maximum: 5}}
    required: [reason, score]
    additionalProperties: false
"""

_SUITE = """prompt: exam
scorers:
  - judge: {prompt: grader/1, scale: [1, 5]}
gate:
  metrics:
    grader/1: {margin: 0.05}
"""

_PRICES = """
[prices."local/m"]
input = 1.0
output = 2.0
as_of = "2026-01-01"

[prices."local/judge"]
input = 3.0
output = 6.0
as_of = "2026-01-01"
"""

PASSAGE = "The store keeps every item under the code that was given to it on the day it came in. " * 5


def exam_files(url: str, cases: int, *, settings: str = "", gate: str = "") -> dict[str, str]:
    """Path to content of every file; ``settings`` are lines of cuebook.toml, ``gate`` lines of the rules."""
    lines = [
        {
            "id": f"item-{number}",
            "inputs": {"context": PASSAGE, "question": f"What is the code of item {number}?"},
            "expectations": {"reference": f"code-{number}"},
        }
        for number in range(1, cases + 1)
    ]
    return {
        "cuebook.toml": f'{settings}\n[endpoints.local]\nbase_url = "{url}"\n{_PRICES}',
        "prompts/exam/v1.prompt.yml": _ASK.format(message="First", system="Answer from the context."),
        "prompts/exam/v2.prompt.yml": _ASK.format(message="Short", system="Answer in one short sentence."),
        "prompts/exam/aliases.yml": "production: 1\n",
        "prompts/grader/v1.prompt.yml": _JUDGE,
        "evals/exam/suite.yml": _SUITE + gate,
        "evals/exam/dataset.jsonl": "".join(json.dumps(line) + "\n" for line in lines),
    }


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write files below a folder and commit them: a registry that is there, so its judge needs no labels."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    who = ("-c", "user.name=bench", "-c", "user.email=bench@localhost")
    for words in (["init", "-q", "-b", "main"], ["add", *files], [*who, "commit", "-q", "-m", "exam"]):
        subprocess.run(["git", *words], cwd=root, check=True)
    return root
