from __future__ import annotations

from cuebook.site.pages import Site, diff
from fixtures.reading import Element, read
from fixtures.site_catalog import FakeCatalog, artifact, catalog


def pages(made: FakeCatalog) -> dict[str, Element]:
    return {page.path: read(page.body) for page in diff.pages(Site(made))}


def test_each_step_has_a_page() -> None:
    paths = [path for path in pages(catalog()) if "qa-assistant" in path]
    assert paths == [f"prompts/qa-assistant/v{n}-v{n + 1}.md" for n in (1, 2, 3)]


def test_a_gap_in_the_numbers_is_stepped_over() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template=f"text {n}") for n in (1, 4)])
    assert list(pages(made)) == ["prompts/one/v1-v4.md"]


def test_each_step_leads_to_every_input_and_setting() -> None:
    document = pages(catalog())["prompts/qa-assistant/v3-v4.md"]
    assert document.one("a", href="../../compare.html?prompt=qa-assistant&a=3&b=4")


def test_breaking_changes_come_first_and_are_announced() -> None:
    document = pages(catalog())["prompts/qa-assistant/v3-v4.md"]
    items = document.one("ul", class_="cb-changes").find("li")
    assert [item.words for item in items] == [
        "breaking input reader is new and required: callers must pass it",
        "notable the text of message 1 changed",
    ]
    assert "1 change may break apps" in document.one(class_="cb-note").text


def test_a_step_without_breaking_changes_has_no_warning() -> None:
    assert not pages(catalog())["prompts/ticket-triage/v1-v2.md"].find(class_="cb-note")


def test_marks_are_words_too() -> None:
    inline = pages(catalog())["prompts/qa-assistant/v3-v4.md"].find(class_="cb-diff")[0]
    assert [item.text for item in inline.find("del")] == ["removed: short phrase"]
    assert inline.find("ins")[0].text == "added: full, friendly sentence"
    assert inline.find("ins")[1].text == "added: - Name the sentence that supports the answer."


def test_side_by_side_has_old_left_and_new_right() -> None:
    table = pages(catalog())["prompts/qa-assistant/v3-v4.md"].find("table", class_="cb-sides")[0]
    assert [head.text for head in table.find("th")] == ["v3", "v4"]
    left, right = next(row.find("td") for row in table.find("tr") if row.find("del"))
    assert not left.find("ins")
    assert not right.find("del")
    empty = [row.find("td")[0] for row in table.find("tr") if "cb-l-added" in str(row.attributes)]
    assert [cell.text for cell in empty] == [""]


def test_long_equal_runs_are_folded() -> None:
    made = FakeCatalog()
    text = "\n".join(f"line {n}" for n in range(50))
    made.add(
        "one", [artifact("one", 1, "m", template=text), artifact("one", 2, "m", template=f"{text}\nnew")]
    )
    document = pages(made)["prompts/one/v1-v2.md"]
    assert [item.text for item in document.one(class_="cb-diff").find(class_="cb-skip")] == ["47 equal lines"]
    assert len(document.one(class_="cb-diff").find(class_="cb-l")) == 4


def test_the_same_behaviour_says_so() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="same") for n in (1, 2)])
    document = pages(made)["prompts/one/v1-v2.md"]
    assert "Nothing that changes behaviour" in document.text
    assert not document.find(class_="cb-diff")
