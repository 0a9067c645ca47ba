"""The whole way of a contributor through the form, in a real browser."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cuebook import check
from cuebook.core.files import FixedTree
from cuebook.registry.version_files import read_version
from cuebook.shapes.file_formats import VersionFile
from cuebook.shapes.run import Version
from fixtures.browsing import MARKS, Tab, Watched
from fixtures.built_site import built
from fixtures.site_catalog import NASTY, SYSTEMS

pytestmark = MARKS
HOST = "https://git.example.org/team/prompts"


@pytest.fixture
def page(watched: Watched) -> Iterator[Any]:
    """A page whose host of the repository answers, without any network."""
    watched.page.context.route(f"{HOST}/**", lambda route: route.fulfill(body="The new-file page"))
    return watched.page


def start(page: Any, base: str, query: str = "?prompt=qa-assistant&from=3") -> None:
    page.goto(f"{base}propose.html{query}")
    page.wait_for_selector("#cb-changes *")
    for name in ("Model", "Answer"):
        page.click(f"#cb-form summary:has-text('{name}')")


def propose(page: Any) -> tuple[str, dict[str, str]]:
    """Press the button; where the new tab is and what its address says."""
    with page.context.expect_page() as opened:
        page.click("#cb-send")
    url = opened.value.url
    opened.value.close()
    asked = parse_qs(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    return url.partition("?")[0], {name: values[0] for name, values in asked.items()}


def parsed(text: str) -> Version:
    version, problems = read_version(text.encode(), "prompts/x/v1.prompt.yml", "x", 1)
    assert problems == []
    assert version is not None
    return version


def wait_for(page: Any, selector: str, words: str) -> None:
    page.locator(selector).get_by_text(words).first.wait_for()


def wait_for_value(page: Any, selector: str, begin: str) -> None:
    """The policy of the page lets no wait run in it, so it is asked again and again."""
    for _ in range(100):
        if page.input_value(selector).startswith(begin):
            return
        page.wait_for_timeout(50)
    assert page.input_value(selector).startswith(begin)


def test_the_prompt_is_chosen_first_with_judges_apart(page: Any, base: str) -> None:
    def judged(index: dict[str, Any]) -> None:
        index["prompts"] += [{**index["prompts"][0], "name": f"more-{at}"} for at in range(30)]
        index["prompts"].append({**index["prompts"][0], "name": "judge-it", "kind": "judge"})

    serve(page, "api/v1/index.json", judged)
    page.goto(f"{base}propose.html")
    cards = page.locator("#cb-cards a.cb-card")
    cards.first.wait_for()
    assert cards.count() == 25
    assert cards.last.inner_text().startswith("A new prompt")
    assert page.locator("#cb-steps [aria-current=step]").inner_text() == "Choose a prompt"
    assert not page.locator("#cb-form").is_visible()
    assert not page.locator("#cb-judge-cards").is_visible()
    page.click("text=Show all")
    assert cards.count() == 35
    page.fill("#cb-find", "JUDGE-it")
    assert page.locator("#cb-judge-cards a >> visible=true").all_inner_texts()[0].startswith("judge-it")
    assert page.inner_text("#cb-found") == "1 of 35"
    page.fill("#cb-find", "triage support")
    page.locator("#cb-cards a.cb-card >> nth=0").click()
    page.wait_for_selector("#cb-changes *")
    assert page.inner_text("h1") == "New version of ticket-triage"
    assert page.input_value("#cb-base") == "2"
    page.click("#cb-steps a")
    page.locator("text=A new prompt").click()
    page.wait_for_selector("#cb-new >> visible=true")
    assert page.inner_text("h1") == "A new prompt"


def test_from_a_version_to_the_proposal(page: Any, base: str) -> None:
    page.goto(f"{base}prompts/qa-assistant/v3.html")
    page.click("a.cb-button-main:has-text('Propose')")
    page.wait_for_selector("#cb-message-0")
    assert page.inner_text("#cb-settings-said").startswith("offline/")
    page.click("#cb-form summary:has-text('Model')")
    assert page.input_value("#cb-prompt") == "qa-assistant"
    assert page.input_value("#cb-base") == "3"
    assert not page.locator("#cb-afterwards").is_visible()
    assert page.inner_text("#cb-changes .cb-quiet") == "Nothing that changes behaviour."

    text = SYSTEMS[2].replace("one short phrase", "five words for {{reader}}")
    page.fill("#cb-message-0", text)
    wait_for(page, "#cb-changes", "input reader is new and required")
    assert page.locator("#cb-changes del").first.text_content() == "removed: one short phrase"
    assert page.locator("#cb-changes ins").first.text_content() == "added: five words for {{reader}}"
    page.fill("#cb-input-reader-about", 'Who asks: "you"')
    page.uncheck("#cb-input-reader-required")
    page.fill("#cb-input-reader-default", "everyone")
    wait_for(page, "#cb-changes", "input reader is new, with the default everyone")
    page.fill("#cb-temperature", "0.7")

    page.click("label:has-text('Preview')")
    page.wait_for_selector("#cb-case option[value='0']", state="attached")
    assert page.input_value("#cb-case") == "0"
    wait_for(page, "#cb-preview", "The AirPure 300 has a two-stage filter")
    wait_for(page, "#cb-preview", "everyone")
    page.select_option(
        "#cb-case", page.locator("#cb-case option", has_text="qa-001 \u00b7 ").get_attribute("value")
    )
    wait_for(page, "#cb-preview", "Rinse the carafe by hand")
    names = page.locator("#cb-preview dt").all_inner_texts()
    assert names[0].startswith("Expected ")
    assert "v3 answered" in names

    page.fill("#cb-message", "Shorter: readers skip the rest")
    place, asked = propose(page)
    assert place == f"{HOST}/new/main"
    assert asked["filename"] == "prompts/qa-assistant/v5.prompt.yml"
    assert asked["message"] == "qa-assistant v5: Shorter: readers skip the rest"
    version = parsed(asked["value"])
    assert version.message == "Shorter: readers skip the rest"
    assert [dict(item) for item in version.messages or ()] == [
        {"role": "system", "content": text},
        {"role": "user", "content": "<context>\n{{context}}\n</context>\n\nQuestion: {{question}}"},
    ]
    assert version.inputs["reader"] == {
        "type": "string",
        "description": 'Who asks: "you"',
        "default": "everyone",
    }
    assert version.inputs["tone"]["default"] == "neutral"
    assert version.parameters == {"temperature": 0.7, "maxTokens": 300}
    wait_for(page, "#cb-result", "v5 is filled in at git.example.org")
    assert new_errors(asked["filename"], asked["value"]) == []
    assert new_errors(asked["filename"], asked["value"].replace("{{reader}}", "{{other}}")) != []


SUITE = """prompt: qa-assistant
dataset: dataset.jsonl
scorers: [exact]
gate: {metrics: {exact: {margin: 0.9}}}
"""


def new_errors(path: str, text: str) -> list[str]:
    """What ``check`` refuses in a registry with the published versions and this file, and not without it."""
    files: dict[str, str] = {}
    for number in (1, 2, 3, 4):
        version = built().catalog.version("qa-assistant", number).model_dump(by_alias=True)
        said = {key: version[key] for key in VersionFile.model_fields if version.get(key) is not None}
        files[f"prompts/qa-assistant/v{number}.prompt.yml"] = json.dumps(said)
    cases = built().catalog.verdict("qa-assistant", 4, "qa-assistant").cases
    files["evals/qa-assistant/suite.yml"] = SUITE
    lines = [{"id": case.id, "inputs": case.inputs, "expectations": {"answer": "x"}} for case in cases]
    files["evals/qa-assistant/dataset.jsonl"] = "".join(f"{json.dumps(line)}\n" for line in lines)
    files["prompts/qa-assistant/aliases.yml"] = "production: 4\n"
    found = []
    for more in ({}, {path: text}):
        tree = FixedTree({name: data.encode() for name, data in (files | more).items()})
        found.append({str(item) for item in check.check(tree) if item.severity == "error"})
    return sorted(found[1] - found[0])


@pytest.mark.parametrize(
    ("press", "says"),
    [
        ("Give it a default", "default"),
        ("Remove it from the text", "text"),
        ("The cases already have it", "trust"),
    ],
)
def test_a_variable_that_no_case_fills_is_solved_before_it_is_proposed(
    page: Any, base: str, press: str, says: str
) -> None:
    start(page, base)
    text = page.input_value("#cb-message-0")
    page.fill("#cb-message-0", f"{text}\nCall them {{{{ customer }}}}.")
    page.fill("#cb-message", "By name")
    wait_for(page, "#cb-input-customer-required-error", "No case of suite qa-assistant fills {{customer}}")
    page.click("#cb-send")
    wait_for(page, "#cb-problems", "One thing to fix first:")
    assert len(page.context.pages) == 1
    page.click(f"text={press}")
    page.wait_for_selector("#cb-input-customer-required-error:not(:empty)", state="detached")
    if says == "default":
        page.keyboard.type("friend")
    version = parsed(propose(page)[1]["value"])
    assert version.messages is not None
    assert ("{{ customer }}" in version.messages[0]["content"]) is (says != "text")
    assert version.inputs.get("customer", {}).get("default") == ("friend" if says == "default" else None)


TYPED = (
    "  \tleading, then ---\n---\n# not a comment: {{context}}\n\n- 'quotes' \"both\"\t\n   \n"
    "\u0645\u0631\u062d\u0628\u0627 \u6700\u5f8c \U0001f469\u200d\U0001f52c \u2028 \x85 \ufeff"
    " | > & * ! % @ `\n{{question}}\n\n"
)


def test_what_is_typed_arrives_to_the_last_character(page: Any, base: str) -> None:
    start(page, base)
    page.fill("#cb-message-1", TYPED)
    page.fill("#cb-message", "# 'why': \"because\"")
    version = parsed(propose(page)[1]["value"])
    assert version.messages is not None
    assert version.messages[1]["content"] == TYPED
    assert version.message == "# 'why': \"because\""


def serve(page: Any, path: str, change: Any) -> None:
    """Let a published file say something else than it does."""
    data = json.loads((built().root / path).read_text("utf-8"))
    change(data)
    page.route(f"**/{path}", lambda route: route.fulfill(json=data))


def test_the_cases_of_one_prompt_do_not_stay_for_the_next(page: Any, base: str) -> None:
    start(page, base)
    page.click("label:has-text('Preview')")
    page.wait_for_selector("#cb-case option[value='0']", state="attached")
    page.route("**/api/v1/evaluations/**", lambda route: None)  # they are on their way
    page.select_option("#cb-prompt", "ticket-triage")
    page.wait_for_url("**/propose.html?prompt=ticket-triage*")
    page.wait_for_selector("#cb-case option:only-child", state="attached")
    assert page.locator("#cb-case option").all_text_contents() == ["your own values"]


TRIAGE = "api/v1/prompts/ticket-triage"


def test_the_number_is_asked_for_when_the_button_is_pressed(page: Any, base: str) -> None:
    start(page, base, "?prompt=ticket-triage&from=2")
    assert page.inner_text("#cb-path") == "prompts/ticket-triage/v3.prompt.yml"
    page.fill("#cb-message-0", "Sort the ticket.")
    page.fill("#cb-message", "Shorter")

    def published_since(index: dict[str, Any]) -> None:
        index["versions"].append({**index["versions"][-1], "version": 3})

    serve(page, f"{TRIAGE}/index.json", published_since)
    latest = (built().root / TRIAGE / "versions/1.json").read_text("utf-8")
    page.route(f"**/{TRIAGE}/versions/3.json", lambda route: route.fulfill(body=latest))
    assert propose(page)[1]["filename"] == "prompts/ticket-triage/v4.prompt.yml"


def test_a_text_that_was_not_edited_is_refused(page: Any, base: str) -> None:
    start(page, base, "?prompt=ticket-triage&from=2")
    page.fill("#cb-message", "No reason")
    page.click("#cb-send")
    wait_for(page, "#cb-message-0-error", "This says the same as v2")
    assert page.evaluate("document.activeElement.id") == "cb-message-0"
    assert len(page.context.pages) == 1
    page.select_option("#cb-base", "1")
    page.click("text=Use the text of v1 instead")
    assert page.input_value("#cb-message") == "No reason"
    page.fill("#cb-message", "Back to the first")
    value = parsed(propose(page)[1]["value"])
    assert value.digest == built().catalog.version("ticket-triage", 1).digest


def test_what_is_live_is_not_proposed_anew_beside_a_newer_version(page: Any, base: str) -> None:
    start(page, base, "?prompt=qa-assistant&from=3")
    page.fill("#cb-message", "No reason")
    page.click("#cb-send")
    wait_for(page, "#cb-message-0-error", "This says the same as v3, which is live")
    assert len(page.context.pages) == 1


def test_everything_that_is_wrong_is_said_beside_its_field_and_in_one_list(page: Any, base: str) -> None:
    start(page, base)
    page.fill("#cb-message-0", "Use {{#each}} and\n{{ }}")
    page.fill("#cb-temperature", "hot")
    page.click("#cb-send")
    assert page.inner_text("#cb-temperature-error") == "A number from 0 to 2."
    assert page.get_attribute("#cb-temperature", "aria-invalid") == "true"
    assert "Line 1: {{#each}} is not a variable" in page.inner_text("#cb-message-0-error")
    assert "Line 2: {{ }} is not a variable" in page.inner_text("#cb-message-0-error")
    assert page.inner_text("#cb-message-error") == "Say in one line why this version is needed."
    assert page.locator("#cb-problems p").inner_text() == "3 things to fix first:"
    assert page.evaluate("document.activeElement.id") == "cb-message-0"
    page.click("#cb-problems button:has-text('temperature')")
    assert page.evaluate("document.activeElement.id") == "cb-temperature"
    page.fill("#cb-temperature", "1")
    page.wait_for_selector("#cb-problems p:has-text('2 things')")
    assert page.inner_text("#cb-temperature-error") == ""
    assert page.get_attribute("#cb-temperature", "aria-invalid") is None
    assert len(page.context.pages) == 1


LONG = "\u6700\u521d\u306b\u7d50\u8ad6\u3092\u66f8\u304f\u3002{{context}}\n" * 200


def test_a_long_text_goes_over_the_clipboard(page: Any, base: str) -> None:
    start(page, base)
    page.fill("#cb-message-0", LONG)
    page.fill("#cb-message", "Longer")
    page.click("#cb-send")
    wait_for(page, "#cb-result", "The file is on your clipboard")
    assert len(page.context.pages) == 1
    copied = page.evaluate("navigator.clipboard.readText()")
    version = parsed(copied)
    assert version.messages is not None
    assert version.messages[0]["content"] == LONG
    link = page.get_attribute("#cb-result a:has-text('Open the new-file page')", "href") or ""
    assert parse_qs(urlsplit(link).query) == {
        "filename": ["prompts/qa-assistant/v5.prompt.yml"],
        "message": ["qa-assistant v5: Longer"],
    }
    with page.expect_download() as saved:
        page.click("#cb-result button:has-text('Download')")
    assert saved.value.suggested_filename == "v5.prompt.yml"
    assert saved.value.path().read_text("utf-8") == copied


def test_of_a_host_that_takes_no_text_by_link_nothing_is_said_to_be_too_long(page: Any, base: str) -> None:
    def as_on_gitlab(route: Any) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace("&#38;value&#61;&#123;value&#125;", ""))

    page.route(re.compile(r"/propose\.html"), as_on_gitlab)
    start(page, base)
    page.fill("#cb-message-0", "{{context}} {{question}}")
    page.fill("#cb-message", "Shorter")
    page.click("#cb-send")
    wait_for(page, "#cb-result h3", "git.example.org takes no text by a link: paste it")
    page.unroute_all()


@pytest.mark.parametrize(("count", "opens"), [(5200, True), (7500, False)])
def test_the_limit_is_one_of_bytes_of_the_address(page: Any, base: str, count: int, opens: bool) -> None:
    start(page, base)
    page.fill("#cb-message-0", "x" * count)
    page.fill("#cb-message", "Why")
    page.click("#cb-send")
    page.wait_for_selector("#cb-result h3")
    assert ("is filled in" in page.inner_text("#cb-result h3")) is opens


def test_a_draft_survives_a_reload_until_it_is_discarded(page: Any, base: str) -> None:
    start(page, base)
    began = page.input_value("#cb-message-0")
    page.fill("#cb-message-0", "A draft about {{context}} and {{question}}")
    page.fill("#cb-message", "Not yet")
    page.reload()
    wait_for(page, "#cb-draft", "Your draft of")
    assert page.input_value("#cb-message-0") == "A draft about {{context}} and {{question}}"
    assert page.input_value("#cb-message") == "Not yet"
    page.select_option("#cb-prompt", "ticket-triage")
    wait_for_value(page, "#cb-message-0", "Sort")
    assert not page.locator("#cb-draft").is_visible()
    page.select_option("#cb-prompt", "qa-assistant")
    wait_for(page, "#cb-draft", "Your draft of")
    page.click("text=Discard the draft")
    wait_for(page, "#cb-draft", "The draft is gone")
    assert page.input_value("#cb-message-0") == began
    page.reload()
    page.wait_for_selector("#cb-message-0")
    assert page.input_value("#cb-message-0") == began
    assert (
        page.evaluate(
            "localStorage.length - Object.keys(localStorage).filter((k) => !k.includes('draft')).length"
        )
        == 0
    )


def test_a_draft_that_cannot_be_read_is_no_draft(page: Any, base: str) -> None:
    start(page, base)
    began = page.input_value("#cb-message-0")
    for kept in ("not JSON", "null", "{}", '{"state": {"messages": 3}}', '{"state": null}', "[1]"):
        page.goto(f"{base}api/v1/index.json")  # the form keeps what it has when it is left
        page.evaluate(
            "([place, text]) => localStorage.setItem(`cuebook:draft:${place}:qa-assistant`, text)",
            [urlsplit(f"{base}propose.html").path, kept],
        )
        start(page, base)
        assert page.input_value("#cb-message-0") == began, kept


def test_another_base_keeps_what_was_typed_and_compares_with_it(page: Any, base: str) -> None:
    start(page, base)
    page.fill("#cb-message-0", "Answer {{question}} from {{context}}, {{tone}}.")
    wait_for(page, "#cb-changes", "Compared with v3")
    page.select_option("#cb-base", "1")
    wait_for(page, "#cb-changes", "Compared with v1")
    assert page.input_value("#cb-message-0").startswith("Answer {{question}}")
    wait_for(page, "#cb-changes", "input tone is new")
    page.click("text=Use the text of v1 instead")
    wait_for_value(page, "#cb-message-0", SYSTEMS[0])


def test_messages_are_added_moved_removed_and_put_back(page: Any, base: str) -> None:
    start(page, base, "?prompt=ticket-triage&from=2")
    first, second = (page.input_value(f"#cb-message-{at}") for at in (0, 1))
    page.click("#cb-add-message")
    page.keyboard.type("Thanks.")
    assert page.input_value("#cb-role-2") == "assistant"
    page.click("[aria-label='Move message 1 down']")
    assert [page.input_value(f"#cb-message-{at}") for at in range(3)] == [second, first, "Thanks."]
    assert page.evaluate("document.activeElement.ariaLabel") == "Move message 2 down"
    page.keyboard.press("Enter")
    assert [page.input_value(f"#cb-message-{at}") for at in range(3)] == [second, "Thanks.", first]
    assert page.evaluate("document.activeElement.ariaLabel") == "Move message 3 up"
    page.click("[aria-label='Remove message 1']")
    assert page.locator("#cb-messages textarea").count() == 2
    page.keyboard.press("Enter")
    assert page.input_value("#cb-message-0") == second
    page.fill("#cb-message", "Order")
    version = parsed(propose(page)[1]["value"])
    assert [item["content"] for item in version.messages or ()] == [second, "Thanks.", first]
    assert [item["role"] for item in version.messages or ()] == ["user", "assistant", "system"]


def test_a_text_prompt_becomes_a_chat_and_back(page: Any, base: str) -> None:
    start(page, base, "?prompt=release-notes&from=1")
    assert page.input_value("#cb-template") == "Write notes about {{ area }}.\n"
    page.select_option("#cb-kind", "chat")
    assert page.input_value("#cb-message-0") == "Write notes about {{ area }}.\n"
    wait_for(page, "#cb-changes", "the prompt was text and is chat")
    page.select_option("#cb-kind", "text")
    page.fill("#cb-template", "Notes about {{ area.name }}.")
    page.fill("#cb-message", "Shorter")
    version = parsed(propose(page)[1]["value"])
    assert version.template == "Notes about {{ area.name }}."
    assert version.inputs == {"area": {"type": "string"}}


def test_inputs_of_a_jinja_template_are_named_by_hand(page: Any, base: str) -> None:
    start(page, base, "?prompt=release-notes&from=2")
    page.fill("#cb-template", "{% for item in items %}{{ item }} {{ area }}{% endfor %}")
    page.fill("#cb-input-name", "not a name")
    page.click("#cb-add-input")
    assert "Letters, digits and _ only" in page.inner_text("#cb-input-name-error")
    page.fill("#cb-input-name", "items")
    page.click("#cb-add-input")
    page.select_option("#cb-input-items-type", "array")
    page.fill("#cb-message", "Lists")
    version = parsed(propose(page)[1]["value"])
    assert version.inputs == {"area": {"type": "string"}, "items": {"type": "array"}}
    assert version.template_format == "jinja2"


def test_a_schema_and_other_settings(page: Any, base: str) -> None:
    start(page, base, "?prompt=ticket-triage&from=2")
    assert json.loads(page.input_value("#cb-schema-text"))["type"] == "object"
    page.fill("#cb-schema-text", '{"type": "object", "additionalProperties": false}')
    page.select_option("#cb-schema-strict", "true")
    page.click("text=More settings")
    page.fill("#cb-seed", "7")
    page.select_option("#cb-reasoningEffort", "low")
    page.fill("#cb-stop", '["END", "\\n\\n"]')
    page.fill("#cb-maxTokens", "")
    page.fill("#cb-model", "openai/gpt-4o-mini")
    page.fill("#cb-message", "Settings")
    version = parsed(propose(page)[1]["value"])
    assert version.json_schema == {
        "name": "triage",
        "schema": {"type": "object", "additionalProperties": False},
        "strict": True,
    }
    assert version.parameters == {
        "temperature": 0,
        "stop": ["END", "\n\n"],
        "seed": 7,
        "reasoningEffort": "low",
    }
    assert version.model == "openai/gpt-4o-mini"


def test_a_prompt_from_nothing(page: Any, base: str) -> None:
    start(page, base, "?prompt=")
    assert page.input_value("#cb-prompt") == ""
    page.fill("#cb-message", "The first")
    page.fill("#cb-name", "Bad Name!")
    page.click("#cb-send")
    assert "Try bad-name." in page.inner_text("#cb-name-error")
    page.fill("#cb-name", "qa-assistant")
    page.click("#cb-send")
    wait_for(page, "#cb-name-error", "There is a prompt of this name already")
    page.fill("#cb-name", "summary")
    wait_for(page, "#cb-afterwards", "prompts/summary/meta.yml")
    wait_for(page, "#cb-afterwards", "evals/summary/suite.yml")
    place, asked = propose(page)
    assert (place, asked["filename"]) == (f"{HOST}/new/main", "prompts/summary/v1.prompt.yml")
    version = parsed(asked["value"])
    assert version.message == "The first"
    assert set(version.inputs) == {"question"}


def test_windows_line_ends_stay_where_nobody_edits(page: Any, base: str) -> None:
    def crlf(version: dict[str, Any]) -> None:
        version["messages"][0]["content"] = "one\r\ntwo\rthree\r\n"
        version["inputs"]["body"]["default"] = "a\r\nb"

    serve(page, f"{TRIAGE}/versions/1.json", crlf)
    start(page, base, "?prompt=ticket-triage&from=1")
    assert page.inner_text("#cb-changes .cb-quiet") == "Nothing that changes behaviour."
    page.fill("#cb-message-1", "{{subject}}: {{body}}")
    page.fill("#cb-message", "Shorter")
    version = parsed(propose(page)[1]["value"])
    assert version.messages is not None
    assert version.messages[0]["content"] == "one\r\ntwo\rthree\r\n"
    assert version.inputs["body"]["default"] == "a\r\nb"


def test_a_number_that_a_browser_would_change_is_not_taken(page: Any, base: str) -> None:
    text = (built().root / TRIAGE / "versions/2.json").read_text("utf-8")
    long = text.replace('"temperature": 0', '"temperature": 0, "seed": 12345678901234567890')
    assert long != text
    page.route(f"**/{TRIAGE}/versions/2.json", lambda route: route.fulfill(body=long))
    page.goto(f"{base}propose.html?prompt=ticket-triage&from=2")
    wait_for(page, "#cb-draft", "browsers cannot hold the number 12345678901234567890")


def test_hostile_text_stays_text(page: Any, base: str) -> None:
    start(page, base, "?prompt=hostile&from=3")
    assert page.input_value("#cb-message-1") == re.sub("\r\n?", "\n", NASTY)
    for name in ("Preview", "File", "Changes"):
        page.click(f"label:has-text('{name}')")
        page.fill("#cb-message-0", f"{name} {NASTY}")
        page.wait_for_timeout(250)
    page.select_option("#cb-base", "1")
    wait_for(page, "#cb-draft", "compared with v1 now")
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
    page.click("#cb-send")
    wait_for(page, "#cb-problems", "a control character (U+0002)")
    page.evaluate(
        """() => document.querySelectorAll('.cb *').forEach((item) => {
            for (const kind of ['mouseover', 'focus', 'toggle', 'load', 'error'])
                item.dispatchEvent(new Event(kind));
        })"""
    )
    assert page.evaluate("window.__fired ?? null") is None
    assert not page.query_selector_all(".cb script, .cb img, .cb iframe, .cb form, .cb [style]")


def test_a_hostile_address_chooses_nothing(page: Any, base: str) -> None:
    start(page, base, "?prompt=%3Cimg%20src=x%20onerror=alert(1)%3E&from=../../x")
    assert page.input_value("#cb-prompt") == ""
    wait_for(page, "#cb-draft", "There is no prompt called <img src=x onerror=alert(1)>")


REACH = """() => [...document.querySelectorAll(
    '#cb-propose :is(input, select, textarea, button, summary, a, [tabindex="0"])')]
    .filter((item) => item.checkVisibility() && !item.disabled && !(item.type === 'radio' && !item.checked))
    .map((item) => item.id || item.ariaLabel || item.textContent)"""


def test_the_keyboard_reaches_everything_and_proposes(page: Any, base: str) -> None:
    start(page, base)
    wanted = set(page.evaluate(REACH))
    page.focus("#cb-steps a")
    reached = set()
    for _ in range(len(wanted) + 5):
        reached.add(
            page.evaluate("(e => e.id || e.ariaLabel || e.textContent)(document.activeElement)"),
        )
        page.keyboard.press("Tab")
    assert wanted <= reached
    page.focus("#review-0")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#cb-preview pre")
    page.focus("#cb-message-0")
    page.keyboard.press("Control+End")
    page.keyboard.type(" Be brief.")
    page.focus("#cb-message")
    page.keyboard.type("Brief")
    page.keyboard.press("Tab")
    with page.context.expect_page() as opened:
        page.keyboard.press("Enter")
    assert "Be+brief." in opened.value.url


def test_a_phone_never_scrolls_sideways(page: Any, base: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    for query in ("?prompt=qa-assistant&from=3", "?prompt=hostile&from=3", "?prompt="):
        start(page, base, query)
        page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
        for at in range(3):
            page.evaluate(f"document.getElementById('review-{at}').click()")
            assert page.evaluate("document.documentElement.scrollWidth") == 360


def test_a_click_is_not_lost_to_what_is_drawn_under_the_finger(page: Any, base: str) -> None:
    """Leaving a wrong field draws the error that moves the button: only once the button is let go."""
    start(page, base)
    page.fill("#cb-message", "Why\x07")
    page.wait_for_timeout(300)
    page.locator("#cb-send").scroll_into_view_if_needed()
    box = page.locator("#cb-send").bounding_box()
    page.mouse.move(box["x"] + 5, box["y"] + 5)
    page.mouse.down()
    page.wait_for_timeout(400)
    page.mouse.up()
    wait_for(page, "#cb-problems", "One thing to fix first")


def test_without_scripts_the_page_says_what_to_do(scriptless: Tab, base: str) -> None:
    page = scriptless.as_new()
    page.goto(f"{base}propose.html")
    assert "cuebook new" in page.inner_text("#cb-propose-off")
    assert not page.locator("#cb-propose").is_visible()


def test_a_site_that_cannot_be_read_is_said(page: Any, base: str, watched: Watched) -> None:
    page.route("**/api/v1/index.json", lambda route: route.fulfill(status=500, body="no"))
    page.goto(f"{base}propose.html")
    wait_for(page, "#cb-propose-off", "api/v1/index.json could not be fetched: the site answered 500")
    watched.wrong.clear()  # the browser's own word about the 500


LOOK = {
    "name": "look",
    "description": "Find it: \u00e9",
    "parameters": {"type": "object", "properties": {"id": {}}},
}
CALL = {"id": "c1", "name": "look", "arguments": {"id": "A-17", "b": [1, None]}}


def with_a_conversation(version: dict[str, Any]) -> None:
    version["schema"] = "cuebook/version/2"
    version["inputs"]["history"] = {"type": "messages", "default": [{"role": "user", "content": "Hi {{x}}"}]}
    version["messages"] += [
        {"role": "assistant", "content": "", "toolCalls": [CALL]},
        {"role": "tool", "toolCallId": "c1", "content": "shipped to {{context}}"},
        {"placeholder": "history"},
        {
            "role": "user",
            "content": [{"type": "text", "text": "{{tone}}"}, {"type": "image", "image": "photo"}],
        },
    ]
    version["inputs"]["photo"] = {"type": "image", "default": "data:image/png;base64,iVBORw0KGgo="}
    version |= {"tools": [LOOK, {"name": "go"}], "toolChoice": {"name": "look"}, "parallelToolCalls": False}


def test_what_the_form_cannot_draw_is_kept_as_it_is(page: Any, base: str) -> None:
    version: dict[str, Any] = {}

    def change(found: dict[str, Any]) -> None:
        with_a_conversation(found)
        version.update(found)

    serve(page, "api/v1/prompts/qa-assistant/versions/3.json", change)
    start(page, base)
    heads = page.locator("#cb-messages .cb-part strong").all_inner_texts()
    assert heads == ["assistant", "tool", "the conversation so far: history", "user"]
    assert "[image photo]" in page.inner_text("#cb-messages")
    assert 'calls look {"b":[1,null],"id":"A-17"} as c1' in page.inner_text("#cb-messages")
    wait_for(page, "#cb-tools-said", "look, go")
    assert page.inner_text("#cb-changes .cb-quiet") == "Nothing that changes behaviour."
    page.fill("#cb-message", "Touch one text only")
    page.fill("#cb-message-0", "Be brief.")
    _, asked = propose(page)
    made = parsed(asked["value"])
    assert [dict(item) for item in made.messages or ()] == [
        {"role": "system", "content": "Be brief."},
        *version["messages"][1:],
    ]
    assert made.inputs == version["inputs"]
    assert made.calling == {key: version[key] for key in ("tools", "toolChoice", "parallelToolCalls")}

    page.locator("#cb-messages .cb-part").nth(4).get_by_label("Move message 5 up").click()
    wait_for(page, "#cb-changes", "the placeholder of the conversation moved")
    page.click("label:has-text('Preview')")
    wait_for(page, "#cb-preview", "the conversation so far")


def test_tools_are_changed_as_json_and_refused_where_check_refuses_them(page: Any, base: str) -> None:
    serve(page, "api/v1/prompts/qa-assistant/versions/3.json", with_a_conversation)
    start(page, base)
    page.click("summary:has-text('Tools')")
    assert json.loads(page.input_value("#cb-tools")) == [LOOK, {"name": "go"}]
    page.fill("#cb-message", "Let it stop")
    page.fill("#cb-tools", json.dumps([{"name": "go"}, {"name": "go", "strict": True}]))
    page.click("#cb-send")
    wait_for(page, "#cb-tools-error", "Two tools are called go: a call would name both.")
    for said in ("Tool 2: strict needs parameters.", "toolChoice asks for look, and no tool has that name."):
        assert said in page.inner_text("#cb-tools-error")
    page.fill("#cb-tools", json.dumps([LOOK, {"name": "stop"}]))
    wait_for(page, "#cb-changes", "stop")
    _, asked = propose(page)
    made = parsed(asked["value"])
    assert made.calling["tools"] == [LOOK, {"name": "stop"}]
    assert made.calling["toolChoice"] == {"name": "look"}
