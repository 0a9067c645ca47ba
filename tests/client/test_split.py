from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from build import write
from conftest import QA
from cuebook.client.client import Client
from cuebook.core.errors import UsageError
from cuebook.core.units import drawn, salt
from publishing import Site, publish_to, served

SALT = salt("qa", "production", [2])
TRIES = next(f"user-{n}" for n in range(99) if drawn(SALT, f"user-{n}", [(2, 10)]))
USES = next(f"user-{n}" for n in range(99) if not drawn(SALT, f"user-{n}", [(2, 10)]))


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A published registry whose production lets 10% of units try version 2."""
    root = tmp_path_factory.mktemp("registry")
    write(root, {**QA, "prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    publish_to(root, root / "out")
    with served(root / "out") as found:
        yield found


def test_a_unit_gets_its_version_and_the_attributes_name_the_arm(site: Site) -> None:
    client = Client(site.url)
    tried, used = client.load("qa@production", unit=TRIES), client.load("qa@production", unit=USES)
    assert [(found.ref, found.alias, found.arm) for found in (tried, used)] == [
        ("qa/2", "production", "try"),
        ("qa/1", "production", "use"),
    ]
    said = tried.span_attributes()
    assert (said["gen_ai.prompt.version"], said["cuebook.prompt.arm"]) == ("2", "try")
    assert TRIES not in str(said)
    assert tried.to_openai(context="c", question="q")["messages"] != used.to_openai(context="c", question="q")


def test_units_are_drawn_without_blocking_too(site: Site) -> None:
    async def loads() -> list[str]:
        client = Client(site.url)
        return [(await client.aload("qa@production", unit=unit)).ref for unit in (TRIES, USES)]

    assert asyncio.run(loads()) == ["qa/2", "qa/1"]


def test_ten_thousand_units_are_a_tenth_and_cost_two_requests(site: Site) -> None:
    client, before = Client(site.url), len(site.asked)
    arms = [client.load("qa@production", unit=f"user-{n}").arm for n in range(10_000)]
    assert 900 < arms.count("try") < 1100
    assert len(site.asked) - before == 2


def test_a_version_that_cannot_be_had_leaves_the_one_in_use(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client(site.url)
    client.load("qa@production")
    site.illness = "500"
    try:
        found = client.load("qa@production", unit=TRIES)
    finally:
        site.illness = ""
    assert (found.ref, found.source, found.arm) == ("qa/1", "use", "use")
    assert "qa/1 is served in place of qa/2, which this unit is to try" in caplog.text
    assert TRIES not in caplog.text


@pytest.mark.parametrize("unit", [None, ""])
def test_without_a_unit_everybody_gets_what_is_in_use(
    site: Site, unit: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "cuebook"):
        found = Client(site.url).load("qa@production", unit=unit)
    assert (found.ref, found.arm) == ("qa/1", None)
    assert [record.getMessage() for record in caplog.records] == [
        "qa@production lets a share of units try other versions: pass unit="
    ]


@pytest.mark.parametrize("unit", [1.5, True, ["a"]])
def test_what_is_no_unit_is_refused(site: Site, unit: Any) -> None:
    with pytest.raises(UsageError, match="unit must be a text or a whole number"):
        Client(site.url).load("qa@production", unit=unit)


def test_a_checkout_draws_as_the_site_does(tmp_path: Path) -> None:
    write(tmp_path, {**QA, "prompts/qa/aliases.yml": "production: {use: 1, try: {2: 10}}\n"})
    client = Client(tmp_path)
    assert [client.load("qa@production", unit=unit).ref for unit in (TRIES, USES)] == ["qa/2", "qa/1"]


def test_a_hundredth_of_units_may_try_the_first_version(tmp_path: Path) -> None:
    write(tmp_path, {**QA, "prompts/qa/aliases.yml": "production: {use: 2, try: {1: 1}}\n"})
    client, drawing = Client(tmp_path), salt("qa", "production", [1])
    found = {n: client.load("qa@production", unit=f"user-{n}").ref for n in range(500)}
    tried = {n for n in found if drawn(drawing, f"user-{n}", [(1, 1)])}
    assert {n for n, ref in found.items() if ref == "qa/1"} == tried != set()


@pytest.mark.parametrize(
    "change",
    [{"share": 0}, {"share": 51}, {"share": True}, {"version": "2"}, {"version": 1}, {"digest": None}],
)
def test_what_cannot_be_published_is_not_drawn(site: Site, change: dict[str, Any]) -> None:
    client = Client(site.url)
    found = client.load("qa@production")
    (tried,) = found.split["try"] if found.split else []
    split = {"salt": SALT, "try": [{**tried, "share": 50, **change}]}
    found._artifact["split"] = split
    assert client.load("qa@production", unit=TRIES).arm is None
