"""Rules for what settings and suites name, models and apps: each is told where it is named, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from cuebook import models
from cuebook.check._found import Found, read_document
from cuebook.core import wire
from cuebook.core.errors import Problem
from cuebook.core.files import Tree
from cuebook.core.layout import suite_path
from cuebook.registry.apps import AppUnderTest
from cuebook.registry.settings import Settings, place_of, readable_config
from cuebook.shapes.suite import Suite
from cuebook.wording.named import named_problem


def named_problems(tree: Tree, found: Found) -> Iterator[Problem]:
    """Models that nobody offers or that refuse a version in use, and files of apps that are not there."""
    settings = readable_config(tree)
    for key, model in (("model", settings.model), ("judge_model", settings.judge_model)):
        if model and not settings.in_doubt(model):
            yield from _of_model(model, settings, *place_of(tree, key))
    for name, target in settings.targets.items():
        for key, code, facts in AppUnderTest(name, target, tree).absent:
            yield named_problem(code, *place_of(tree, "targets", name, key), target=name, **facts)
    for suite in found.suites.values():
        yield from _of_suite(tree, found, suite, settings)


def _of_suite(tree: Tree, found: Found, suite: Suite, settings: Settings) -> Iterator[Problem]:
    path = suite_path(suite.name)
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
            yield named_problem("model_refuses", path, line, versions=refs, why=item.what, cure=item.cure)


def _of_model(model: str, settings: Settings, path: str, line: int) -> Iterator[Problem]:
    wrong = models.unknown_provider(model, models.served(settings)) or models.not_offered(model, settings)
    if wrong:
        yield named_problem("model_unknown", path, line, why=wrong.what, cure=wrong.cure)
    elif unlisted := models.unlisted(model, settings):
        yield named_problem("model_unlisted", path, line, why=unlisted.what, cure=unlisted.cure)
