"""Whoever asks what settings say of a model gets one answer: the table of settings times models."""

from __future__ import annotations

import ast
import asyncio
import re
from pathlib import Path
from typing import Any

import pytest

import cuebook
from build import case, comparison, suite, version
from cuebook.calls.engine import Engine
from cuebook.calls.reply_store import ReplyStore
from cuebook.core.errors import Aborted
from cuebook.core.stand_ins import is_stand_in
from cuebook.gate.cost import expected_cost
from cuebook.github.fork_files import model_problems
from cuebook.jobs.measure_judges import subject
from cuebook.jobs.workspace import Workspace
from cuebook.models._api_keys import variable_of
from cuebook.models.scripted import register
from cuebook.registry.settings import Settings
from cuebook.shapes.labels import Labels
from cuebook.shapes.settings_format import Price
from fixtures.trees import nodes

SETTINGS: list[dict[str, Any]] = [
    {},
    {"model": "scripted/m"},
    {"judge_model": "scripted/j"},
    {"model": "scripted/m", "judge_model": "scripted/j"},
    {"models": ["scripted/m"]},
    {"models": ["scripted/x"], "model": "scripted/m"},
    {"models": ["other/*"]},
]
MODELS = ["offline/rules", "offline/judge", "scripted/m", "scripted/j"]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("given", SETTINGS, ids=str)
def test_all_askers_agree(model: str, given: dict[str, Any], tmp_path: Path) -> None:
    price = Price(input=1.0, output=1.0, as_of="2026-11-22")
    settings = Settings(prices={"scripted/m": price, "scripted/j": price}, **given)
    asked = settings.resolve(model)
    named = version(2, "x {{question}}", model=model)
    of = comparison(suite([case(0)]), candidate=named, alone=True)

    assert (expected_cost(of, settings) == 0) is is_stand_in(asked)
    assert of.digests(settings.replacements).models == [asked]
    assert subject(Placed(tmp_path, settings), named, Labels(), None).basis.model == asked
    assert (variable_of(asked, settings) == "") is (is_stand_in(asked) or asked.startswith("scripted/"))
    assert (not model_problems({"v2": asked}, settings, {asked})) is settings.allows(asked)
    assert engine_asks(model, settings, tmp_path) == (asked if settings.allows(asked) else None)


class Placed(Workspace):
    """A workspace whose settings a test gives."""

    def __init__(self, root: Path, settings: Settings) -> None:
        super().__init__(root)
        self.__dict__["config"] = settings


def engine_asks(model: str, settings: Settings, folder: Path) -> str | None:
    """The model that the engine asks, None where it refuses."""

    async def asks() -> str | None:
        async with Engine(settings, ReplyStore(folder / "replies.sqlite")) as engine:
            try:
                return engine.resolve_model(model)
            except Aborted:
                return None

    with register("m", lambda _: ""), register("j", lambda _: ""):
        return asyncio.run(asks())


def test_nobody_else_names_a_toy_or_a_stand_in() -> None:
    """A text such as ``offline/rules`` in another module is a second owner of what a stand-in is."""
    package = Path(cuebook.__file__).parent
    found = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "\n" not in node.value
        if re.search(r"\b(toy|offline)\b[/|]", node.value)
    }
    assert found == {"core/stand_ins.py"}
