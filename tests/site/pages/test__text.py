from __future__ import annotations

import build
from cuebook.publish.artifacts import artifact
from cuebook.site.pages._text import text
from fixtures.reading import read

PARAMETERS = {
    "type": "object",
    "properties": {
        "id": {"type": "string", "description": "As on <b>the</b> bill."},
        "how": {"enum": ["a", 1]},
    },
    "required": ["id"],
}
HERE = "prompts/qa/index.html"
DESK = build.version(
    1,
    template=None,
    messages=({"role": "developer", "content": "Help."}, {"placeholder": "history"}),
    inputs={"history": {"type": "messages"}},
    calling={
        "tools": [
            {"name": "look", "description": "Find an order.", "parameters": PARAMETERS},
            {"name": "go"},
        ],
        "toolChoice": {"name": "look"},
        "parallelToolCalls": False,
    },
)


def test_tools_are_listed_with_their_parameters() -> None:
    page = read(str(text(artifact(DESK), None, HERE)))
    rows = page.one(aria_label="Parameters of look").find("tr")[1:]
    assert [[cell.words for cell in row.find("td")] for row in rows] == [
        ["id", "string", "required", "As on <b>the</b> bill."],
        ["how", 'any, one of "a", 1', "optional", "not described"],
    ]
    assert "2 tools: look, go" in page.words
    assert "Find an order." in page.words
    assert "It takes no parameters." in page.words
    assert "choice of a tool look several calls at once no" in page.words


def test_the_conversation_has_its_place() -> None:
    page = read(str(text(artifact(DESK), None, HERE)))
    heads = [item.words for item in page.find("h3", class_="cb-role")]
    assert heads == ["developer", "the conversation so far"]
    assert "The messages that the app passes as history come here." in page.words
    assert "tools" not in read(str(text(artifact(build.version(1)), None, HERE))).words


def test_a_page_says_where_words_came_from() -> None:
    version = build.version(1, includes={"tone/3": "sha256:" + "a" * 64})
    shown = read(str(text(artifact(version), None, HERE)))
    (link,) = [one for one in shown.find("a") if one.words == "tone/3"]
    assert link.attributes["href"] == "../../prompts/tone/v3.html"
