from __future__ import annotations

from pathlib import Path

import pytest

from checked import GOOD, found, version
from cuebook import check
from cuebook.core.files import Folder


@pytest.mark.parametrize(
    ("model", "more", "line", "said", "cure"),
    [
        ("opnai/gpt-6-luna", "", 2, "no provider is called 'opnai'", "did you mean openai/?"),
        (
            "openai/gpt-6-luna",
            "modelParameters: {temperature: 0}\n",
            3,
            "no temperature",
            "reasoningEffort: none",
        ),
        ("groq/m", "modelParameters: {topK: 3}\n", 3, "groq takes no topK", "take topK out"),
        ("openai/gpt-6-luna", "responseFormat: json_object\n", 3, "no message says JSON", "say in a message"),
    ],
)
def test_what_would_stop_the_first_call_is_known_before_it(
    tmp_path: Path, model: str, more: str, line: int, said: str, cure: str
) -> None:
    text = GOOD.replace("model: offline/rules\n", f"model: {model}\n{more}")
    problem = next(item for item in found(tmp_path, version(text)) if "v1" in item.file)
    assert problem.line == line
    assert said in problem.message
    assert cure in problem.hint


def test_a_live_version_names_the_model_that_was_gated(tmp_path: Path) -> None:
    files: dict[str, str | bytes | None] = {"cuebook.toml": 'model = "openai/gpt-6-luna"\n'}
    (problem,) = found(tmp_path, files)
    assert (problem.file, problem.line, problem.severity) == ("prompts/qa/aliases.yml", 1, "error")
    assert "apps would get offline/rules by 'production'" in problem.message
    tree = Folder(tmp_path)
    assert [item.severity for item in check.check(tree, tree)] == ["warning"]
