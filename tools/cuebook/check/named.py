"""Rules for what settings and suites name, models and apps: each is told where it is named, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from cuebook import models
from cuebook.check._found import TWO, Found, read_document
from cuebook.core import wire
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.registry.apps import AppUnderTest
from cuebook.registry.settings import Settings, place_of, readable_config
from cuebook.shapes.suite import Suite


def named_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """Models that nobody offers or that refuse a version in use, and files of apps that are not there."""
    settings = readable_config(tree)
    for key, model in (("model", settings.model), ("judge_model", settings.judge_model)):
        if model and not settings.in_doubt(model):
            yield from _of_model(model, settings, *place_of(tree, key))
    for name, target in settings.targets.items():
        for field, what, cure in AppUnderTest(name, target, tree).absent:
            severity: Literal["error", "warning"] = "error" if field == "cwd" else "warning"
            place = place_of(tree, "targets", name, field)
            yield Problem(*place, f"targets.{name}.{field}: {what}", cure, severity, since=TWO)
    for suite in found.suites.values():
        yield from _of_suite(tree, found, suite, settings)


def _of_suite(tree: Tree, found: Found, suite: Suite, settings: Settings) -> Iterator[Problem]:
    path = f"{suite.path}/suite.yml"
    for index, model in enumerate(suite.models):
        if settings.in_doubt(model):
            continue
        line = read_document(tree, path).line(["models", index])
        if told := [*_of_model(model, settings, path, line)]:
            yield from told
            continue
        refused: dict[wire.FieldRefusal, list[str]] = {}
        for version in found.in_use(suite.prompt):
            for item in models.version_findings(replace(version, model=model), settings):
                refused.setdefault(item, []).append(version.ref)
        for item, refs in refused.items():
            yield Problem(path, line, f"{' and '.join(refs)}: {item.what}", item.cure, since=TWO)


def _of_model(model: str, settings: Settings, path: str, line: int) -> Iterator[Problem]:
    wrong = models.unknown_provider(model, models.served(settings)) or models.not_offered(model, settings)
    if wrong:
        yield Problem(path, line, wrong.what, wrong.cure, since=TWO)
    elif unlisted := models.unlisted(model, settings):
        yield Problem(path, line, unlisted.what, unlisted.cure, "warning")
