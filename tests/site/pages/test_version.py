from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from cuebook.site.pages import Site, version
from fixtures.reading import Element, read, shown
from fixtures.site_catalog import NASTY, FakeCatalog, artifact, catalog

URL = "https://prompts.example.org/team/"


def pages(made: FakeCatalog, url: str = URL) -> dict[str, Element]:
    return {page.title: read(page.body) for page in version.pages(Site(made, url))}


def test_the_text_is_there_to_the_last_space() -> None:
    document = pages(catalog())["hostile v2"]
    assert [item.text for item in document.find("pre", class_="cb-text")] == [
        shown(f"2{NASTY}"),
        shown(NASTY),
    ]


def test_a_version_without_evidence_says_how_to_get_some() -> None:
    made = FakeCatalog()
    made.add("new", [artifact("new", 1, "First", template="x")])
    assert "No suite evaluates this prompt yet" in pages(made)["new v1"].words
    made.prompts["new"] = made.prompts["new"].model_copy(update={"suites": ["new"]})
    assert "cuebook gate new/1" in [item.text for item in pages(made)["new v1"].find("pre")]


def test_variables_are_marked() -> None:
    marked = pages(catalog())["qa-assistant v3"].find("span", class_="cb-var")
    assert [item.text for item in marked] == ["{{tone}}", "{{context}}", "{{question}}"]
    template = pages(catalog())["release-notes v2"].find("span", class_="cb-var")
    assert [item.text for item in template][:3] == ["{% if area %}", "{{ area }}", "{% endif %}"]


def test_inputs_say_which_are_required() -> None:
    table = pages(catalog())["qa-assistant v3"].one(aria_label="Inputs")
    rows = [[cell.words for cell in row.find("td")] for row in table.find("tr")[1:]]
    assert rows == [
        ["context", "string", "required", "The passage to answer from"],
        ["question", "string", "required", "What the reader asks"],
        ["tone", "string", '"neutral"', ""],
    ]


def test_the_evidence_leads_to_its_report() -> None:
    document = pages(catalog())["qa-assistant v4"]
    card = document.one("section", class_="cb-card")
    assert card.words.startswith("Fail qa-assistant against v3 Worse than v3: 1 of 6 protected cases broke")
    assert card.one("a").attributes["href"] == "../../reports/qa-assistant/v4/qa-assistant.html"
    assert "No suite has been run" in pages(catalog())["release-notes v1"].text
    assert "without a baseline" in pages(catalog())["qa-assistant v1"].text


def test_settings_digest_and_permanent_address() -> None:
    made = catalog()
    facts = pages(made)["ticket-triage v2"].one("dl")
    said = dict(zip([t.text for t in facts.find("dt")], [d.words for d in facts.find("dd")], strict=True))
    assert said["model"] == "offline/rules"
    assert said["maxTokens"] == "300"
    assert said["digest"] == made.version("ticket-triage", 2).digest
    assert said["permanent JSON"] == "/api/v1/prompts/ticket-triage/versions/2.json"
    assert '"enum"' in pages(made)["ticket-triage v2"].one("details").text


def test_neighbours_and_aliases() -> None:
    head = pages(catalog())["qa-assistant v3"].one("header")
    assert "production" in head.one("h1").text
    links = {item.text: item.attributes["href"] for item in head.find("a")}
    assert links["What changed since v2"] == "../../prompts/qa-assistant/v2-v3.html"
    assert links["Older: v2"] == "../../prompts/qa-assistant/v2.html"
    assert links["Newer: v4"] == "../../prompts/qa-assistant/v4.html"
    assert "retired" in pages(catalog())["qa-assistant v1"].one("header").text


def snippets(document: Element) -> list[str]:
    return [item.text for item in document.one(class_="cb-tabs").find("pre")]


def test_the_python_snippet_names_the_site_and_the_required_inputs() -> None:
    python, _, curl = snippets(pages(catalog())["qa-assistant v3"])
    compile(python, "snippet", "exec")
    assert f'load_prompt("qa-assistant/3", registry="{URL}")' in python
    assert "context=...," in python
    assert "tone" not in python
    assert curl == f"curl -fsS {URL}api/v1/prompts/qa-assistant/versions/3.json\n"


def test_without_a_site_address_a_script_fills_it_in() -> None:
    document = pages(catalog(), url="")["qa-assistant v3"]
    spots = [item for item in document.find("span") if "data-site" in item.attributes]
    assert [item.text for item in spots] == ["https://your.site/"] * 3
    assert (
        snippets(document)[2] == "curl -fsS https://your.site/api/v1/prompts/qa-assistant/versions/3.json\n"
    )


NODE = """
globalThis.fetch = async () => ({{ json: async () => ({artifact}) }});
const run = async () => {{ {snippet} return {result}; }};
run().then((made) => console.log(JSON.stringify(made)));
"""


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize(
    ("texts", "result", "expected"),
    [
        ({"messages": [{"role": "user", "content": "{{ a }} {{b}} {{t}} {c}"}]}, "messages",
         [{"role": "user", "content": "... ... calm {c}"}]),
        ({"template": "Hello {{a}} $& {{b}}"}, "text", "Hello ... $& ..."),
    ],
)  # fmt: skip
def test_the_javascript_snippet_runs(texts: dict[str, object], result: str, expected: object) -> None:
    inputs = {"a": {"type": "string"}, "b": {"type": "string"}, "t": {"type": "string", "default": "calm"}}
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "m", inputs=inputs, **texts)])
    snippet = snippets(pages(made)["one v1"])[1]
    body = made.version("one", 1).model_dump_json(by_alias=True)
    program = NODE.format(artifact=body, snippet=snippet, result=result)
    done = subprocess.run(["node", "-e", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == expected
