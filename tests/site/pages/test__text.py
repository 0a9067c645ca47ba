from __future__ import annotations

import build
from cuebook.publish.artifacts import artifact
from cuebook.site.pages._text import chosen, example, text
from fixtures.reading import read
from fixtures.site_catalog import qa_case, verdict

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


def test_what_is_included_is_folded_under_its_name() -> None:
    said = "Help. Be kind.\nDo {{not}} rant. Thanks."
    version = artifact(build.version(1, said, includes={"tone/3": "sha256:" + "a" * 64}))
    shown = read(str(text(version, None, HERE, {"tone/3": "Be kind.\nDo {{not}} rant.\n"}.__getitem__)))
    folded = shown.one("details", class_="cb-included")
    assert folded.one("summary").words == "tone/3"
    assert "Do {{not}} rant." in folded.words
    assert [item.words for item in shown.find("pre", class_="cb-text")] == [
        "Help.",
        "Be kind. Do {{not}} rant.",
        "Thanks.",
    ]


def test_the_example_of_a_prompt_with_tools_is_one_that_calls() -> None:
    short, longer = (qa_case(n, with_baseline=True) for n in range(2))
    short = short.model_copy(update={"inputs": {"question": "?"}, "change": "same"})
    longer = longer.model_copy(update={"inputs": {"question": "Where is A-17?"}, "change": "same"})
    plain = chosen(verdict("qa", 2, "pass", cases=[short, longer]))
    assert plain is not None
    assert plain.case.id == short.id
    call = {"id": "1", "name": "look", "arguments": {"id": "A-17"}}
    calls = longer.candidate.model_copy(update={"tool_calls": [call]})
    both = [short, longer.model_copy(update={"candidate": calls})]
    found = chosen(verdict("qa", 2, "pass", cases=both))
    assert found is not None
    assert found.case.id == longer.id


def test_an_example_tells_what_was_expected_from_what_was_asked_and_answered() -> None:
    case = qa_case(0, with_baseline=True).model_copy(
        update={"expectations": {"expected": "blue", "must_mention": ["blue"]}}
    )
    found = verdict("qa", 2, "pass", cases=[case])
    view = chosen(found)
    assert view is not None
    heads = [item.words for item in read(str(example(found, view))).find("dt")]
    assert heads[-4:-2] == ["Expected", "Expected must_mention"]
    assert all("answered" in head for head in heads[-2:])
