from __future__ import annotations

from pathlib import Path

from build import write
from cuebook.jobs.openai_code import PromptUse, uses, uses_below

PYTHON = """\
import os
PROMPT: str = "pmpt_1111"


def answer(city):
    return client.responses.create(prompt={"id": PROMPT, "version": "4", "variables": {"city": city}})


def other():
    return client.responses.create(prompt={"prompt_id": os.environ["OPENAI_PROMPT_ID"]})
"""
SCRIPT = """\
const r = await client.responses.create({
  model: "gpt-5", prompt: {
    id: "pmpt_3333", version: '12',
    variables: { city, "when": { type: "input_text", text: t }, tone: `x` },
  },
});
const no = { prompt: { id: user.id } };
"""


def test_calls_ids_versions_and_variables_are_found_in_any_language(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "app/answer.py": PYTHON,
            "app/chat.ts": SCRIPT,
            ".env": "OPENAI_PROMPT_ID=pmpt_99\n",
            "node_modules/x.js": "pmpt_77",
            "notes.txt": "pmpt_88",
        },
    )
    assert list(uses_below(tmp_path)) == [
        PromptUse(".env", 1, "pmpt_99"),
        PromptUse("app/answer.py", 2, "pmpt_1111"),
        PromptUse("app/answer.py", 6, "pmpt_1111", "4", ("city",)),
        PromptUse("app/answer.py", 10, from_environment=True),
        PromptUse("app/chat.ts", 3, "pmpt_3333", "12", ("city", "when", "tone")),
    ]


def test_text_that_never_ends_costs_no_time() -> None:
    assert uses("a.js", "prompt: {" * 20_000) == []
    assert uses("a.json", '{"model": "m", "prompt": {"id": "pmpt_1"}}') == [PromptUse("a.json", 1, "pmpt_1")]
