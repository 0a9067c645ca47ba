from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from cuebook.registry.settings import Settings
from cuebook.shapes.judge_state import JudgeState
from cuebook.shapes.moves import AliasMove
from cuebook.shapes.shares import Share
from cuebook.shapes.verdict import Override
from cuebook.site.pages import Site, home
from fixtures.reading import Documents, Element, read
from fixtures.site_catalog import PAYLOADS, FakeCatalog, artifact, catalog, loosening, move, spending, verdict

REPO = "https://git.example.org/team/prompts"


def pages(made: FakeCatalog) -> Documents:
    return Documents({found.path: found.body for found in home.pages(Site(made, "", REPO))})


def page(made: FakeCatalog) -> Element:
    return pages(made)["index.md"]


def rows(document: Element) -> dict[str, list[str]]:
    lines = [line for part in document.find(class_="cb-prompts") for line in part.find("tr")[1:]]
    return {line.find("a")[0].text: [cell.words for cell in line.find("td")] for line in lines}


def test_a_share_of_units_stands_below_what_is_live() -> None:
    made = FakeCatalog()
    made.add("one", [artifact("one", n, "m", template="x") for n in (1, 2)], aliases={"production": 1})
    tries = {"production": [Share(version=2, share=10)]}
    made.prompts["one"] = made.prompts["one"].model_copy(update={"tries": tries})
    assert "10% of production \u2192 v2" in rows(page(made))["one"][1]


def test_each_prompt_says_what_is_live_and_what_is_known_of_it() -> None:
    found = rows(page(catalog()))
    assert found["qa-assistant"][1:6] == [
        "v3: Pass against v2",
        "v4: Fail against v3",
        "v1: Inconclusive v1 v2: Pass v2 v3: Pass v3 v4: Fail v4",
        "20 Aug 2026 staging to v4 Joon Park",
        "@support-tools @ana",
    ]
    assert found["release-notes"][1:4] == [
        "not in production",
        "\u2013",
        "v1: Not evaluated v1 v2: Not evaluated v2",
    ]
    assert found["release-notes"][5] == "no owner"


def test_two_suites_of_one_prompt_come_to_the_worse() -> None:
    assert rows(page(catalog()))["ticket-triage"][1] == "v2: Inconclusive against v1"


def test_rows_carry_what_they_can_be_filtered_by() -> None:
    marks = {
        item.attributes["data-name"]: {
            name: json.loads(item.attributes[f"data-{name}"] or "")
            for name in ("tag", "alias", "owner", "verdict", "staged")
        }
        for item in page(catalog()).one(class_="cb-prompts").find("tr")[1:]
    }
    assert marks["qa-assistant"] == {
        "tag": ["support", "extraction"],
        "alias": ["production", "staging"],
        "owner": ["@support-tools", "@ana"],
        "verdict": ["Pass"],
        "staged": ["Fail"],
    }
    assert marks["release-notes"]["alias"] == marks["release-notes"]["verdict"] == ["not in production"]
    assert marks["hostile"]["tag"] == PAYLOADS


def test_filters_offer_what_there_is_and_wait_for_the_script() -> None:
    bar = page(catalog()).one(class_="cb-find")
    assert "hidden" in bar.attributes
    (verdicts,) = [item for item in bar.find("select") if item.attributes["name"] == "verdict"]
    assert [item.text for item in verdicts.find("option")] == [
        "any",
        "Inconclusive",
        "Override",
        "Pass",
        "not in production",
    ]


def one(outcome: str | None, *, alias: str = "production", name: str = "one", **fields: Any) -> FakeCatalog:
    made = FakeCatalog()
    add(made, name, outcome, alias, **fields)
    return made


def add(made: FakeCatalog, name: str, outcome: str | None, alias: str, **fields: Any) -> None:
    versions = [artifact(name, n, "m", template="x") for n in (1, 2)]
    found = [verdict(name, 2, outcome, **fields)] if outcome else []
    made.add(name, versions, found, aliases={alias: 2}, moves=[move(alias, 1, 2)])


def strip(made: FakeCatalog) -> list[str]:
    found = page(made).find("details", class_="cb-attention")
    return [item.words for item in found[0].find("ul")[0].find("li")] if found else []


LOW = JudgeState(label="j/1", ref="j/1", digest="d", decides=True, kappa=0.6, lower=0.5, labels=40)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (one("pass"), None),
        (one("fail"), "v2 is live and fails. Worse than v1"),
        (one("inconclusive"), "v2 is live and not decided."),
        (one("fail", alias="staging"), "v2 is in staging and fails. Worse than v1"),
        (one("pass", alias="staging"), "v2 passes in staging and waits for promotion Promote\u2026"),
        (
            one("pass", judges=[LOW]),
            "j/1 decides for one, but its agreement with people may be as low as 0.50 (kappa)",
        ),
        (one("pass", judges=[LOW.model_copy(update={"decides": False})]), None),
        (one("pass", judges=[LOW.model_copy(update={"lower": 0.7})]), None),
    ],
)
def test_what_needs_somebody_is_said_at_the_top(made: FakeCatalog, said: str | None) -> None:
    lines = strip(made)
    assert (said is None) == (not lines), lines
    if said:
        assert said in lines[0]
        assert lines[0].startswith(("one ", "j/1 "))


@pytest.mark.parametrize(
    ("made", "step"),
    [
        (one("pass", alias="staging"), "cuebook promote one 2"),
        (one("pass", judges=[LOW]), "evals/j/labels.jsonl"),
    ],
)
def test_without_a_repository_the_next_step_is_a_command_or_a_file(made: FakeCatalog, step: str) -> None:
    (found,) = home.pages(Site(made))
    (line,) = read(found.body).one("details", class_="cb-attention").find("li")
    assert line.one("code").text == step


def let_through(name: str, until: str) -> FakeCatalog:
    held = Override(who="@ana", why="Outage", until=until)
    made = one("fail", name=name, override=held)
    index = made.prompts[name]
    states = {
        "production": index.states["production"].model_copy(update={"state": "override", "override": held})
    }
    made.prompts[name] = index.model_copy(update={"states": states})
    return made


@pytest.mark.parametrize(
    ("live", "staged", "said"),
    [
        (1, 0, "1 prompt in 2 versions. It is live."),
        (1, 1, "2 prompts in 4 versions. 1 of 2 is live."),
        (2, 0, "2 prompts in 4 versions. All 2 are live."),
        (0, 1, "1 prompt in 2 versions. 0 of 1 are live."),
    ],
)
def test_how_many_are_live_is_said_first(live: int, staged: int, said: str) -> None:
    made = FakeCatalog()
    for at in range(live + staged):
        add(made, f"p{at}", "pass", "production" if at < live else "staging")
    assert said in page(made).words


def test_an_override_in_force_is_said_with_its_end() -> None:
    assert "v2 is let through by @ana until 2026-12-31 See why" in strip(let_through("one", "2026-12-31"))[0]


@pytest.mark.parametrize(("until", "is_told"), [("2000-01-31", True), ("2999-12-31", False)])
def test_an_override_that_ended_is_named_beside_what_it_had_let_in(until: str, is_told: bool) -> None:
    made = one("fail")
    held = Override(who="@ana", why="Outage", until=until)
    moves = [move("production", 1, 2, override=held), move("production", None, 1)]
    made.prompts["one"] = made.prompts["one"].model_copy(update={"history": moves})
    (line,) = strip(made)
    assert "is live and fails" in line
    assert (f"The override of @ana ended on {until}." in line) is is_told


def test_overrides_that_end_within_30_days_come_first_and_the_next_one_before_others() -> None:
    made = let_through("a", "2026-12-31")
    add(made, "b", "fail", "production")
    (last,) = (entry.changed.time[:10] for entry in made.index.prompts if entry.name == "a" and entry.changed)
    soon = date.fromisoformat(last) + timedelta(days=30)
    for name, day in (("c", soon), ("d", soon + timedelta(days=1)), ("e", soon - timedelta(days=1))):
        more = let_through(name, day.isoformat())
        made.prompts |= more.prompts
        made.versions |= more.versions
        made.verdicts |= more.verdicts
    lines = [line.split()[0] for line in strip(made)]
    assert lines == ["e", "c", "b", "d", "a"]


def test_a_judge_of_many_prompts_is_one_line() -> None:
    made = FakeCatalog()
    for name in ("one", "two"):
        add(made, name, "pass", "production", judges=[LOW])
    assert [line.partition(",")[0] for line in strip(made)] == ["j/1 decides for one"]
    assert "one, two" in strip(made)[0]


def test_a_suite_that_its_cases_could_not_settle_is_too_small() -> None:
    made = one("inconclusive")
    index = made.prompts["one"]
    (entry,) = index.evaluations
    (metric, *rest) = [item for item in entry.deciding if item.kind == "difference"]
    asked = metric.model_copy(update={"outcome": "inconclusive", "used": 40, "planned": 40, "needed": 130})
    told = [entry.model_copy(update={"deciding": [asked, *rest]})]
    made.prompts["one"] = index.model_copy(update={"evaluations": told})
    said = f"one v2 is not decided after all cases of one: about 90 more cases would settle {metric.label}"
    assert said in " ".join(strip(made))


@pytest.mark.parametrize(("days", "is_told"), [(90, True), (91, False), (-1, True)])
def test_a_live_model_that_is_soon_shut_down_is_told_when_check_tells_it(days: int, is_told: bool) -> None:
    made = one("pass")
    last = max(entry.changed.time[:10] for entry in made.index.prompts if entry.changed)
    day = (date.fromisoformat(last) + timedelta(days=days)).isoformat()
    own = Settings(model_info={"offline/rules": {"retires": day}})
    (found, *_) = home.pages(Site(made, settings=own))
    said = f"is live and asks offline/rules, which is shut down on {day}"
    assert (said in read(found.body).words) is is_told


@pytest.mark.parametrize(
    ("production", "moves", "waits"),
    [
        (1, [move("production", None, 1)], True),
        (2, [], False),
        (3, [move("production", 2, 3), move("production", None, 2)], False),
        (1, [move("production", 2, 1), move("production", 1, 2)], False),  # a rollback took it away
    ],
)
def test_a_version_that_was_live_waits_for_no_promotion(
    production: int, moves: list[AliasMove], waits: bool
) -> None:
    made = FakeCatalog()
    versions = [artifact("one", n, "m", template="x") for n in (1, 2, 3)]
    aliases = {"production": production, "staging": 2}
    made.add("one", versions, [verdict("one", 2, "pass")], aliases=aliases, moves=moves)
    assert any("waits for promotion" in line for line in strip(made)) is waits


def test_many_of_a_kind_are_counted_on_one_line() -> None:
    made = FakeCatalog()
    for at in range(6):
        add(made, f"p{at}", "pass" if at < 2 else "fail", "staging")
    top = page(made).one("details", class_="cb-attention")
    lines = top.find("ul")[0].inside
    assert [item.words.split(" p2")[0] for item in lines] == [
        "4 staged versions fail Show 4",
        "p0 v2 passes in staging and waits for promotion Promote\u2026",
        "p1 v2 passes in staging and waits for promotion Promote\u2026",
    ]
    assert "4 2 ready" in top.find("summary")[0].words


def test_judges_have_a_table_of_their_own_with_their_agreement() -> None:
    made = FakeCatalog()
    add(made, "asked", "pass", "production", judges=[LOW.model_copy(update={"ref": "grader/2"})])
    add(made, "grader", "pass", "production")
    index = made.prompts["grader"]
    made.prompts["grader"] = index.model_copy(update={"kind": "judge", "used_by": ["asked"]})
    document = page(made)
    assert list(rows(document)) == ["asked", "grader"]
    judges = document.one(class_="cb-judges").find("tr")[1:]
    assert [cell.words for cell in judges[0].find("td")][-1] == "0.60 at least 0.50"
    assert "used by asked" in judges[0].words
    assert "1 prompt and 1 judge in 4 versions. All 2 are live." in document.words


@pytest.mark.parametrize(
    ("changes", "heads"),
    [
        ({}, ["1,000 answers", "Time"]),
        ({"cost_usd": 0.0, "seconds": 0.0}, ["Words an answer"]),
        ({"cost_usd": None, "seconds": None, "words": None}, []),
    ],
)
def test_a_column_of_which_nothing_is_known_is_left_out(changes: dict[str, Any], heads: list[str]) -> None:
    made = one("pass", candidate_spending=spending().model_copy(update=changes))
    assert [item.words for item in page(made).one("thead").find("th")][6:] == heads


def test_a_long_list_has_pages_with_what_changed_last_first() -> None:
    made = FakeCatalog()
    for at in range(120):
        day = f"2026-01-{at % 28 + 1:02}T00:00:00+00:00"
        made.add(f"p{at:03}", [artifact(f"p{at:03}", 1, "m", template="x", created=day)])
    for at in range(23):
        made.add(f"j{at:02}", [artifact(f"j{at:02}", 1, "m", template="x")])
        made.prompts[f"j{at:02}"] = made.prompts[f"j{at:02}"].model_copy(update={"kind": "judge"})
    found = pages(made)
    prompts = ["index.md", *(f"page/{at}.md" for at in range(2, 7))]
    assert list(found) == [*prompts, "page/judges.md", "page/judges-2.md"]
    assert [len(rows(document)) for document in found.values()] == [20] * 6 + [20, 3]
    assert next(iter(rows(found["index.md"]))) in {f"p{at:03}" for at in range(120) if at % 28 == 27}
    turn = found["index.md"].one("nav", class_="cb-turn")
    assert turn.words == "1\u201320 of 120 1 2 3 \u2026 6 Next"
    assert [item.attributes["href"] for item in turn.find("a")] == [
        "index.html",
        "page/2.html",
        "page/3.html",
        "page/6.html",
        "page/2.html",
    ]
    listed = found["index.md"].one(class_="cb-prompts").attributes
    assert listed["data-pages"] == " ".join(f"page/{at}.html" for at in range(2, 7))
    assert listed["data-all"] == "120"
    heads = [item.words for item in found["index.md"].one("thead").find("th")]
    assert listed["data-sorted"] == f"-{heads.index('Last change')}"
    switch = found["page/judges.md"].one("nav", class_="cb-switch")
    assert switch.words == "Prompts 120 Judges 23"
    assert [item.attributes.get("aria-current") for item in switch.find("a")] == [None, "true"]


def test_an_empty_registry_says_what_to_do() -> None:
    document = page(FakeCatalog())
    assert [item.text for item in document.find("a", href="propose.html")] == [
        "Propose a version",
        "the form",
    ]
    assert "0 prompts" not in document.text
    assert "There is no prompt here yet" in document.text
    assert document.one("pre").text.startswith("cuebook new my-prompt")
    assert not document.find("table")


def test_rules_loosened_since_the_live_version_went_live_need_somebody() -> None:
    made = FakeCatalog(settings=[loosening("2026-03-03", code="protected_alias", label="stable")])
    moves = [move("production", None, 1, time="2026-03-02T00:00:00Z")]
    made.add(
        "one",
        [artifact("one", 1, "First", template="x")],
        aliases={"production": 1},
        moves=moves,
        loosened=[
            loosening("2026-03-03"),
            loosening("2026-03-03", code="error", old=0.05, new=0.1, holds=False),
            loosening("2026-03-01", code="metric", label="gone"),
        ],
    )
    words = page(made).one(class_="cb-attention").words
    arrow = "\N{RIGHTWARDS ARROW}"
    assert f"one loosened by Ada Tester: floor on exact 60 {arrow} 50 points See when" in words
    assert "loosened by Ada Tester: protected alias stable removed See when" in words
    assert "error" not in words
    assert "gone" not in words
