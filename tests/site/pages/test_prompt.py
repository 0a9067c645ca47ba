from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cuebook.shapes.published import Artifact
from cuebook.shapes.shares import Share, SplitChange
from cuebook.shapes.verdict import Override
from cuebook.site.pages import Page, Site, prompt
from fixtures.reading import Documents, Element
from fixtures.site_catalog import FakeCatalog, artifact, catalog, loosening, metric, move, verdict
from publishing import served

URL = "https://prompts.example.org/team/"
REPO = "https://git.example.org/team/prompts"


def made_of(made: FakeCatalog, url: str = URL) -> dict[str, Page]:
    return {page.path: page for page in prompt.pages(Site(made, url, REPO))}


def pages(made: FakeCatalog, url: str = URL) -> Documents:
    return Documents({path: page.body for path, page in made_of(made, url).items()})


QA = "prompts/qa-assistant"


def pane(document: Element, name: str) -> Element:
    return document.one("section", id=name)


def columns(document: Element, label: str) -> list[list[str]]:
    return [[cell.words for cell in row.find("td")] for row in document.one(aria_label=label).find("tr")[1:]]


def test_a_prompts_page_is_that_of_its_live_version() -> None:
    found = pages(catalog())
    assert found[f"{QA}/index.md"].one("article").one("h2").words == "Version 3"
    assert found["prompts/release-notes/index.md"].one("article").one("h2").words == "Version 2"
    assert pane(found[f"{QA}/index.md"], "text").words == pane(found[f"{QA}/v3.md"], "text").words


def test_the_prompts_words_come_first_and_to_the_last_character() -> None:
    made = catalog()
    for number in (1, 4):
        document = pages(made)[f"{QA}/v{number}.md"]
        texts = [item.text for item in pane(document, "text").find("pre", class_="cb-text")]
        assert texts == [
            message["content"] for message in made.version("qa-assistant", number).messages or []
        ]
    first, *_ = pane(pages(made)[f"{QA}/index.md"], "text").find("section")
    assert first.one("pre", class_="cb-text")


def test_every_pane_is_a_place_in_the_address() -> None:
    document = pages(catalog())[f"{QA}/v4.md"]
    links = [item.attributes["href"] for item in document.one("nav", class_="cb-leaf-menu").find("a")]
    assert links == ["#text", "#changes", "#evidence", "#use", "#history"]
    assert all(document.one("section", id=link[1:]) for link in links if link)


def test_each_alias_has_its_state_and_leads_to_its_report() -> None:
    state = pages(catalog())[f"{QA}/index.md"].one(class_="cb-state")
    assert [item.words for item in state.find("a", class_="cb-alias")] == [
        "production v3: Pass",
        "staging v4: Fail",
    ]
    assert state.find("a", class_="cb-alias")[1].attributes["href"] == (
        "../../reports/qa-assistant/v4/qa-assistant.html"
    )
    assert "since 20 Jul 2026 against v2" in state.words
    bare = pages(catalog())["prompts/release-notes/index.md"].one(class_="cb-state")
    assert "nothing is live" in bare.words


def trying() -> FakeCatalog:
    """Prompt ``one``, whose version 2 is tried by a share of units."""
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], aliases={"production": 1})
    half = Share(version=2, share=50)
    change = {"alias": "production", "version": 1, "tries": [half], "previous": [], "commit": "c" * 40}
    change |= {"author": "Ada", "time": "2026-07-01T00:00:00+00:00", "subject": "Try it"}
    beside = {"tries": {"production": [half]}, "splits": [SplitChange.model_validate(change)]}
    made.prompts["one"] = made.prompts["one"].model_copy(update=beside)
    return made


def test_what_a_share_of_units_tries_is_said_where_what_is_live_is() -> None:
    document = pages(trying())["prompts/one/v2.md"]
    assert "50% of production \u2192 v2" in document.one(class_="cb-state").words
    assert "50% of production" in document.one("nav", class_="cb-rail").words
    assert "What a share of units tried 1 Jul 2026" in pane(document, "history").words
    assert "50% of production -> 2 Try it" in pane(document, "history").words


def test_an_override_says_who_and_until_when() -> None:
    made = FakeCatalog()
    held = Override(who="@ana", why="Outage", until="2026-12-31")
    made.add(
        "one",
        [artifact("one", n, "m", template="x") for n in (1, 2)],
        [verdict("one", 2, "fail", override=held)],
        aliases={"production": 2},
        moves=[move("production", 1, 2, override=held, state="override")],
    )
    index = made.prompts["one"]
    states = {"production": index.states["production"].model_copy(update={"override": held})}
    made.prompts["one"] = index.model_copy(update={"states": states})
    document = pages(made)["prompts/one/index.md"]
    assert "Override" in document.one(class_="cb-state").words
    assert "let through by @ana until 2026-12-31" in document.one(class_="cb-state").words
    assert "Let through by @ana until 2026-12-31: Outage" in pane(document, "history").words


def test_the_rail_has_a_state_for_every_version() -> None:
    document = pages(catalog())[f"{QA}/v4.md"]
    rail = document.one("nav", class_="cb-rail").find("a")
    assert [item.words.split(" ", 2)[:2] for item in rail] == [
        ["Fail:", "v4"],
        ["Pass:", "v3"],
        ["Pass:", "v2"],
        ["Inconclusive:", "v1"],
    ]
    assert [item.attributes.get("aria-current") for item in rail] == ["page", None, None, None]
    assert "retired" in rail[-1].words


def test_a_long_rail_shows_the_newest_and_what_aliases_point_at() -> None:
    made = FakeCatalog()
    versions = [artifact("one", n, "m", template="x", created="2026-01-01T00:00:00Z") for n in range(1, 38)]
    made.add("one", versions, aliases={"production": 4})
    rail = pages(made)["prompts/one/index.md"].one("nav", class_="cb-rail")
    shown = [item.find("strong")[0].text for item in rail.find("ol")[0].find("a")]
    assert shown == [*(f"v{n}" for n in range(37, 27, -1)), "v4"]
    assert rail.one("details").one("summary").words == "all 37"
    assert len(rail.find("a")) == 37


def test_promoting_and_undoing_are_a_line_of_a_file_and_a_command() -> None:
    document = pages(catalog())[f"{QA}/v4.md"]
    promote, undo = document.find("details", class_="cb-drop-button")
    assert promote.one("a").attributes["href"] == f"{REPO}/edit/main/prompts/qa-assistant/aliases.yml"
    assert [item.text for item in promote.find("pre")] == ["production: 4", "cuebook promote qa-assistant 4"]
    assert [item.text for item in undo.find("pre")] == [
        "production: 2",
        "cuebook rollback qa-assistant --to 2",
    ]
    live = pages(catalog())[f"{QA}/index.md"].find("details", class_="cb-drop-button")
    assert [item.one("summary").words for item in live] == ["Undo\u2026"]


def test_changes_are_shown_against_what_was_measured_and_what_was_before() -> None:
    made = catalog()
    changed = pane(pages(made)[f"{QA}/v4.md"], "changes")
    assert [item.words for item in changed.one("ul", class_="cb-changes").find("li")] == [
        "breaks callers input reader is new and required: callers must pass it",
        "may change answers the text of message 1 changed",
    ]
    assert "1 change may break apps" in changed.one(class_="cb-note").text
    assert changed.one("label").words == "v3, the version it was compared with"
    apart = verdict("qa-assistant", 4, "fail", baseline={"version": 2, "digest": "d", "message": "m"})
    made.add("qa-assistant", [made.version("qa-assistant", n) for n in (1, 2, 3, 4)], [apart])
    labels = pane(pages(made)[f"{QA}/v4.md"], "changes").find("label")
    assert [item.words for item in labels] == [
        "v2, the version it was compared with",
        "v3, the version before",
    ]
    assert "there is nothing before it" in pane(pages(made)[f"{QA}/v1.md"], "changes").words


def test_where_two_versions_were_compared_one_link_is_left() -> None:
    document = pages(catalog())[f"{QA}/v3-v4.md"]
    links = [item.attributes["href"] for item in document.find("a")]
    assert links[-1] == "../../prompts/qa-assistant/v4.html#changes"
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template=f"text {n}") for n in (1, 4)])
    assert "prompts/one/v1-v4.md" in pages(made)


def test_an_erased_version_leaves_pages_with_one_link() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 3)], erased=[2, 4])
    found = pages(made)
    for name in ("v2", "v4", "v1-v2", "v2-v3", "v3-v4"):
        gone = found[f"prompts/one/{name}.md"]
        assert "was erased" in gone.words
        assert [a.attributes["href"] for a in gone.find("p")[0].find("a")] == ["../../prompts/one/index.html"]
    assert "was erased" not in found["prompts/one/v1-v3.md"].words


SPENT = ("$0.000504", "0.97 s")
NO_FLOOR = "No version to compare with, and no floor on this metric."


def test_evidence_is_one_table_a_metric_of_paired_differences() -> None:
    evidence = pane(pages(catalog())[f"{QA}/v4.md"], "evidence")
    assert columns(evidence, "token_f1 on qa-assistant") == [
        ["v4", "Fail", "v3", "", "\u22127.0", "\u221213.2 to \u22120.1", "160 of 160", *SPENT],
        ["v3", "Pass", "v2", "", "+6.2", "\u22120.4 to +12.1", "160 of 160", *SPENT],
        ["v2", "Pass", "v1", "", "+6.2", "\u22120.4 to +12.1", "160 of 160", *SPENT],
        ["v1", "Not tested", "\u2013", NO_FLOOR, *["\u2013"] * 3, *SPENT],
    ]
    pictures = evidence.one(aria_label="token_f1 on qa-assistant").find("svg", role="img")
    assert (pictures[0].attributes["aria-label"] or "").startswith("v4 against v3: \u22127.0 points")
    assert "Worse than v3" in evidence.one(class_="cb-say").words
    assert not [item for item in evidence.find("th") if item.words in {"Before", "After", "Candidate"}]


def test_a_first_version_has_its_floor_in_words() -> None:
    made = FakeCatalog()
    floor = metric("f1", 0.06, -0.04, 0.52, "pass", kind="floor", bound=0.6, baseline=None)
    made.add(
        "one",
        [artifact("one", 1, "m", template="x")],
        [verdict("one", 1, "pass", baseline=None, metrics=[floor])],
    )
    (row,) = columns(pane(pages(made)["prompts/one/index.md"], "evidence"), "f1 on one")
    assert row[2:4] == ["a floor", "66.0, between 56.0 and 100.0; floor 60: within the accepted loss"]


def test_a_version_without_a_verdict_has_its_row_and_units_are_named() -> None:
    made = FakeCatalog()
    found = verdict("one", 3, "fail", metrics=[metric("f1", -0.3, -0.5, -0.1, "fail")])
    found = found.model_copy(
        update={"cases": [case.model_copy(update={"cluster": "c"}) for case in found.cases]}
    )
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2, 3)], [found])
    evidence = pane(pages(made)["prompts/one/index.md"], "evidence")
    assert [row[:2] for row in columns(evidence, "f1 on one")] == [
        ["v3", "Fail"],
        ["v2", "Not evaluated"],
        ["v1", "Not evaluated"],
    ]
    assert "Clusters" in [head.words for head in evidence.find("th")]


def test_what_was_not_evaluated_says_how_to() -> None:
    made = FakeCatalog()
    made.add("new", [artifact("new", 1, "First", template="x")])
    assert "no suite is about new" in pane(pages(made)["prompts/new/index.md"], "evidence").words
    assert "Not evaluated" in pages(made)["prompts/new/index.md"].one("article").find("header")[0].words
    made.prompts["new"] = made.prompts["new"].model_copy(update={"suites": ["new"]})
    evidence = pane(pages(made)["prompts/new/index.md"], "evidence")
    assert evidence.one("pre").text == "cuebook gate new/1"


def test_the_history_says_when_to_the_minute_who_what_was_known_and_how_to_undo() -> None:
    history = pane(pages(catalog())[f"{QA}/index.md"], "history")
    items = history.find("ol")[0].find("li")
    assert len(items) == 3
    assert "20 Jul 2026, 15:02 UTC" in items[1].words
    assert "Joon Park" in items[1].words
    assert "production moved from v2 to v3" in items[1].words
    assert "Pass" in items[1].words
    assert "Not worse than v2" in items[1].words
    assert items[1].one("details").one("pre").text == "cuebook rollback qa-assistant --to 2"
    assert "production: 2" in items[1].words
    assert not items[2].find("details")
    unmoved = pane(pages(catalog())["prompts/release-notes/index.md"], "history")
    assert "No alias has moved in a commit yet" in unmoved.words


def test_inputs_and_settings_are_folded_with_what_they_say() -> None:
    made = catalog()
    document = pages(made)["prompts/ticket-triage/v2.md"]
    folds = {item.find("strong")[0].text: item for item in document.find("details", class_="cb-fold")}
    assert "subject, body: 2 inputs, 1 of them optional" in folds["Inputs"].one("summary").words
    assert columns(document, "Inputs")[1][:3] == ["body", "string", '""']
    assert "offline/rules" in folds["Settings"].one("summary").words
    assert made.version("ticket-triage", 2).digest in folds["Settings"].words
    assert '"enum"' in folds["Settings"].text


def test_the_example_is_a_real_case_with_both_answers() -> None:
    folds = pages(catalog())[f"{QA}/v3.md"].find("details", class_="cb-fold")
    (example,) = [item for item in folds if "open" in item.attributes]
    assert "case qa-0" in example.one("summary").words
    assert "v3 answered" in example.words
    assert "v2 answered" in example.words


def snippets(document: Element) -> dict[str, str]:
    found: dict[str, str] = {}
    use = pane(document, "use")
    for way in use.find("section", class_="cb-pane"):
        for kind in way.find("section", class_="cb-pane"):
            found[f"{way.attributes['aria-label']} {kind.attributes['aria-label']}"] = kind.one("pre").text
    return found


def test_without_a_site_address_a_script_fills_it_in() -> None:
    document = pages(catalog(), url="")[f"{QA}/v3.md"]
    spots = [item for item in document.find("span") if "data-site" in item.attributes]
    assert [item.text for item in spots] == ["https://your.site/"] * 6


OPENAI = """
class OpenAI:
    def __init__(self):
        self.chat = self
        self.completions = self
    def create(self, **request):
        print(repr(request))
        message = type("M", (), {"content": "Yes"})
        return type("R", (), {"choices": [type("C", (), {"message": message})]})
"""
ASKED = {
    "a b": {"type": "string"},
    "class": {"type": "string"},
    "n": {"type": "number"},
    "t": {"type": "string", "default": "calm"},
}


def usable(tmp_path: Path, **texts: Any) -> tuple[FakeCatalog, Artifact]:
    made = FakeCatalog()
    case = (
        verdict("one", 2, "pass")
        .cases[4]
        .model_copy(update={"inputs": {"a b": 'It\'s "so"\n', "class": "\u2028{{n}}", "n": 3, "t": "x"}})
    )
    versions = [artifact("one", n, "m", inputs=ASKED, **texts) for n in (1, 2)]
    made.add("one", versions, [verdict("one", 2, "pass", cases=[case])], aliases={"production": 2})
    made.write(tmp_path / "site")
    return made, made.version("one", 2)


TEXT = "{{ a b }}|{{class}}|{{n}}|{{t}} {c}"
FILLED = 'It\'s "so"\n|\u2028{{n}}|3|calm {c}'


@pytest.mark.parametrize("way", ["What is live: @production", "Exactly this: /2"])
def test_the_python_code_runs_as_it_is_pasted(tmp_path: Path, way: str) -> None:
    text = TEXT.replace("{{ a b }}|", "")
    inputs = {name: spec for name, spec in ASKED.items() if name != "a b"}
    made, _ = usable(tmp_path, template=text)
    made.versions["one", 2] = artifact("one", 2, "m", inputs=inputs, template=text)
    made.write(tmp_path / "site")
    (tmp_path / "openai.py").write_text(OPENAI)
    with served(tmp_path / "site") as site:
        code = snippets(pages(made, site.url)["prompts/one/v2.md"])[f"{way} Python"]
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=False,
            env={"PYTHONPATH": f"{tmp_path}:{Path(prompt.__file__).parents[3]}", "PYTHONUTF8": "1"},
        )
    assert done.returncode == 0, done.stderr
    request, said = done.stdout.strip().rsplit("\n", 1)
    assert said == "Yes"
    sent = eval(request)
    assert sent["messages"] == [{"role": "user", "content": FILLED.partition("|")[2]}]
    assert sent["model"] == "gpt-6-luna"


@pytest.mark.skipif(not shutil.which("node"), reason="node is not installed")
@pytest.mark.parametrize("way", ["What is live: @production", "Exactly this: /2"])
def test_the_javascript_code_runs_as_it_is_pasted_and_is_strict(tmp_path: Path, way: str) -> None:
    made, _ = usable(tmp_path, messages=[{"role": "user", "content": TEXT.replace("a b", "n")}])
    with served(tmp_path / "site") as site:
        code = snippets(pages(made, site.url)["prompts/one/v2.md"])[f"{way} JavaScript"]

        def run(changed: str) -> subprocess.CompletedProcess[str]:
            program = changed.replace("console.log(messages)", "console.log(JSON.stringify(messages))")
            command = ["node", "--input-type=module", "-e", program]
            return subprocess.run(command, capture_output=True, text=True, check=False)

        filled = FILLED.replace('It\'s "so"\n', "3")
        assert json.loads(run(code).stdout) == [{"role": "user", "content": filled}]
        assert "no value for {{n}}" in run(code.replace("  n: 3,\n", "")).stderr
        assert "the registry answered 404" in run(code.replace("/one/", "/two/")).stderr
        if way.startswith("Exactly"):
            assert "sha256:" in run(code.replace('!== "sha256:', '!== "sha256:0')).stderr


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_the_command_runs_as_it_is_pasted(tmp_path: Path) -> None:
    made, version = usable(tmp_path, template="x")
    with served(tmp_path / "site") as site:
        found = snippets(pages(made, site.url)["prompts/one/v2.md"])
        for way, code in found.items():
            if way.endswith("curl"):
                done = subprocess.run(["sh", "-c", code], capture_output=True, text=True, check=True)
                assert json.loads(done.stdout)["digest"] == version.digest


def test_a_template_that_a_page_cannot_fill_says_so() -> None:
    code = snippets(pages(catalog())["prompts/release-notes/v2.md"])["Exactly this: /2 JavaScript"]
    assert "This template is Jinja2" in code


def test_what_its_suites_ask_less_for_stands_with_its_history() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", 1, "First", template="x")], loosened=[loosening("2026-03-02")])
    shown = pane(pages(made)["prompts/one/index.md"], "history").words
    assert "Rules that were loosened" in shown
    assert "Ada Tester 3e1a0f00 floor on exact 60 \N{RIGHTWARDS ARROW} 50 points" in shown
