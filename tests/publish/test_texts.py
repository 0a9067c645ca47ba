from __future__ import annotations

import gzip
from pathlib import Path

from build import write
from cuebook.publish.texts import texts_file
from cuebook.shapes.published import AllTexts, PromptTexts, VersionText
from publishing import plan


def found(root: Path) -> AllTexts:
    return AllTexts.model_validate_json(plan(root)["api/v1/texts.json"], strict=True)


def test_every_version_says_its_lines_and_each_line_is_there_once(registry: Path) -> None:
    write(registry, {"prompts/qa/meta.yml": "title: Questions\nretired: [1]\nowners: ['@ada']\n"})
    (prompt,) = found(registry).prompts
    texts = {one.version: [prompt.lines[at] for at in one.lines] for one in prompt.versions}
    assert texts[1][0] == "Answer the question from the context."
    assert texts[2][:2] == ["Answer the question from the context in one short sentence.", "<context>"]
    assert "Short answers" in texts[2]
    assert len(prompt.lines) == len(set(prompt.lines))
    assert [(one.version, one.retired, one.state) for one in prompt.versions] == [
        (2, False, "not_evaluated"),
        (1, True, "not_evaluated"),
    ]
    assert prompt.about == ["Questions", "@ada"]


def test_five_thousand_versions_are_fetched_in_less_than_half_a_megabyte() -> None:
    """A thousand prompts of five versions, each of 20 lines of which a version changes one."""
    lines = [f"{n}: Say which sentence of the passage supports the answer." for n in range(24)]
    versions = [
        VersionText(version=n, state="pass", retired=False, lines=[*range(19), 18 + n]) for n in range(1, 6)
    ]
    found = {
        name: PromptTexts(name=name, about=[name], aliases={"production": 5}, lines=lines, versions=versions)
        for name in (f"prompt-{n}" for n in range(1000))
    }
    (data,) = texts_file(found).values()
    assert len(data) < 2_500_000
    assert len(gzip.compress(data, 6)) < 500_000
