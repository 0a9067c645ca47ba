from __future__ import annotations

import re

from cuebook.site.llms import llms_txt
from fixtures.built_site import CONFIG, built

LINK = re.compile(r"\]\(([^)]*)\)")


def test_the_built_site_tells_models_what_is_where() -> None:
    text = (built().root / "llms.txt").read_text("utf-8")
    title, blank, summary, *rest = text.splitlines()
    assert (title[:2], blank, summary[:2]) == ("# ", "", "> ")
    assert [line for line in rest if line.startswith("#")] == ["## JSON", "## Prompts", "## Pages"]
    assert {line[:3] for line in rest if line and not line.startswith("#")} == {"- ["}
    links = LINK.findall(text)
    assert len(links) > 10
    for link in links:
        assert link.startswith(CONFIG.site_url)
        assert (built().root / link.removeprefix(CONFIG.site_url)).is_file(), link


def test_no_text_of_the_registry_stands_there() -> None:
    prompts = [built().catalog.prompt(entry.name) for entry in built().catalog.index.prompts]
    text = llms_txt(prompts, "", "# [x](y) <b>", ["guides/index.md"])
    for prompt in prompts:
        assert prompt.name in text
        assert prompt.title == prompt.name or prompt.title not in text
        assert not any(entry.message and entry.message in text for entry in prompt.versions)
    assert text.count("\n# ") == 0
    assert "[x](y)" not in text
    assert "<b>" not in text


def test_links_are_relative_where_the_site_has_no_address() -> None:
    text = llms_txt([], "", "Prompts", ["guides/first-hour.md"])
    assert LINK.findall(text) == [
        "api/v1/index.json",
        "api/v1/events.json",
        "history.html",
        "guides/first-hour.html",
    ]
    assert "[first hour]" in text
