from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from cuebook.core.files import Folder
from cuebook.core.git import Commit
from cuebook.publish.events import inert
from cuebook.publish.history import History
from cuebook.registry.reader import Registry
from cuebook.shapes.made_by import MadeBy
from cuebook.shapes.moves import AliasMove, Ending
from cuebook.shapes.published import Events
from cuebook.shapes.shares import SplitChange
from cuebook.wording.events import title
from publishing import plan, verdict

ROOT = "api/v1"


def move(version: int | None, time: str, previous: int | None = 1, **fields: Any) -> AliasMove:
    made = {
        "alias": "production",
        "commit": f"{version or 9}" * 40,
        "author": "Ada <a@x.org>",
        "subject": "s",
    }
    return AliasMove(version=version, previous=previous, time=time, **(made | fields))


MOVES = [
    move(None, "2026-03-02T00:00:00Z", 2),
    move(2, "2026-03-01T00:00:00Z"),
    move(1, "2025-12-31T23:00:00-02:00", None),
]


def files(root: Path, *moves: AliasMove) -> dict[str, bytes]:
    added = {"prompts/qa/v1.prompt.yml": Commit("c" * 40, "Ada <a@x.org>", "2025-06-01T00:00:00Z", "s")}
    return plan(root, history=History(added, {"qa": list(moves)}))


def test_the_newest_year_is_in_events_and_each_before_in_a_file_of_its_own(registry: Path) -> None:
    made = files(registry, *MOVES)
    now = Events.model_validate_json(made[f"{ROOT}/events.json"], strict=True)
    assert [(event.kind, event.version) for event in now.events] == [
        ("alias-removed", None),
        ("alias-moved", 2),
        ("alias-moved", 1),
    ]
    assert (now.updated, now.earlier) == ("2026-03-02T00:00:00Z", [f"{ROOT}/events/2025.json"])
    (first,) = Events.model_validate_json(made[f"{ROOT}/events/2025.json"], strict=True).events
    assert (first.kind, first.id, first.time) == ("version-published", "version:qa/1", "2025-06-01T00:00:00Z")
    assert now.events[1].id == "alias:qa@production:2222222"
    assert now.events[1].who == "Ada, as the commit says"


def test_a_verdict_is_told_of_on_the_day_that_a_workflow_came_to_it(registry: Path) -> None:
    versions = Registry(Folder(registry)).versions("qa")
    ran = MadeBy(time="2026-05-04T10:00:00Z", commit="d" * 40)
    known = [verdict(versions[0], "fail", ran=ran), verdict(versions[1])]
    made = plan(registry, *known, history=History())
    (event,) = Events.model_validate_json(made[f"{ROOT}/events.json"], strict=True).events
    assert (event.kind, event.time, event.version) == ("verdict-reached", "2026-05-04T00:00:00Z", 1)
    assert event.id == "verdict:qa/1:qa:2026-05-04"
    assert (event.state, event.evidence) == ("fail", [event.url])
    assert event.url in made
    assert event.headline
    assert len(made[f"{ROOT}/moves.csv"].splitlines()) == 1


HALF = {"version": 2, "share": 50}
SPLITS = [
    {"tries": [], "previous": [HALF], "commit": "b" * 40, "time": "2026-04-02T00:00:00Z"},
    {"tries": [HALF], "previous": [], "commit": "a" * 40, "time": "2026-04-01T00:00:00Z"},
]


def test_what_a_share_of_units_tries_is_told_of(registry: Path) -> None:
    about = {"alias": "production", "version": 1, "author": "Ada <a@x.org>", "subject": "Try it"}
    splits = [SplitChange.model_validate({**about, **change}) for change in SPLITS]
    fails = verdict(Registry(Folder(registry)).version("qa", 2), "fail")
    made = plan(registry, fails, history=History(splits={"qa": splits}))
    found = Events.model_validate_json(made[f"{ROOT}/events.json"], strict=True).events
    assert [(event.id, title(event), event.headline) for event in found] == [
        ("split:qa@production:bbbbbbb", "qa: production: no version is on trial", "Try it"),
        ("split:qa@production:aaaaaaa", "qa: 50% of production -> 2", "Try it"),
    ]
    rows = list(csv.DictReader(io.StringIO(made["api/v1/moves.csv"].decode())))
    assert [(row["kind"], row["rests_on"], row["about"], row["to"], row["state"]) for row in rows] == [
        ("split-changed", "production: no version is on trial", "1", "", ""),
        ("split-changed", "50% of production -> 2", "1", "", "fail"),
    ]


def test_a_registry_without_history_has_no_events(registry: Path) -> None:
    made = json.loads(plan(registry, history=History())[f"{ROOT}/events.json"])
    assert (made["events"], made["updated"], made["earlier"]) == ([], None, [])


def test_the_table_has_every_move_and_no_formula(registry: Path) -> None:
    made = files(registry, move(2, "2026-03-01T00:00:00Z", author="=HYPERLINK(1)"), *MOVES[2:])
    rows = list(csv.DictReader(io.StringIO(made[f"{ROOT}/moves.csv"].decode())))
    assert [(row["from"], row["to"], row["state"]) for row in rows] == [
        ("1", "2", "not_evaluated"),
        ("", "1", "not_evaluated"),
    ]
    assert rows[0]["who"] == "'=HYPERLINK(1), as the commit says"


def test_the_table_tells_which_versions_ended_and_no_move_of_them(registry: Path) -> None:
    ended = Ending(
        version=1,
        kind="retired",
        time="2026-04-01T00:00:00Z",
        author="Ada <a@x>",
        commit="c" * 40,
        subject="=1",
    )
    history = History(moves={"qa": [*MOVES]}, ended={"qa": [ended]})
    made = plan(registry, history=history)
    last, *moves = csv.DictReader(io.StringIO(made[f"{ROOT}/moves.csv"].decode()))
    assert {key: value for key, value in last.items() if value} == {
        "time": "2026-04-01T00:00:00Z",
        "prompt": "qa",
        "rests_on": "'=1",
        "who": "Ada, as the commit says",
        "commit": "c" * 40,
        "kind": "version-retired",
        "about": "1",
    }
    assert {row["kind"] for row in moves} == {"alias-moved", "alias-removed"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx"])
def test_a_cell_is_no_formula(text: str) -> None:
    assert inert(text) == f"'{text}"
    assert inert(f"a{text}") == f"a{text}"
