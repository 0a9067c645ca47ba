"""``promptfooconfig.yaml``: prompts of all versions, the model with its settings, and tests with asserts.

Asserts are written for the scorers that promptfoo has an equal of. Not held: types and defaults of inputs,
the conversation so far, images, the model of versions that name another than the last one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cuebook.core.errors import UsageError
from cuebook.core.stand_ins import is_stand_in
from cuebook.exporters._base import (
    Exported,
    ExportRequest,
    Losses,
    all_lost,
    snake_settings,
    yaml_text,
)
from cuebook.shapes.run import Case, Version
from cuebook.shapes.suite import ScorerSpec, Suite

_MODELS = {
    "openai": "openai:chat:",
    "anthropic": "anthropic:messages:",
    "gemini": "google:",
    "vertex_ai": "vertex:",
    "ollama_chat": "ollama:chat:",
}
_TEXTS = {"contains": ("contains-all", "icontains-all"), "exact": ("equals", "equals")}
# Filters that Nunjucks and Jinja2 both have, with one meaning.
_SHARED = r"upper|lower|trim|join|length|first|last|title|capitalize|replace"
# Any block but those that both have alike.
_OTHER = re.compile(r"\{%-?\s*(?!\s|(?:if|elif|else|endif|for|endfor)\b)|\{#")
# As promptfoo tells a path from a text; the importer has the same pattern.
_LIKE_A_FILE = re.compile(r"\s*[^\s{}]+(\.[A-Za-z0-9]{1,5}|\*)(:[\w.]+)?\s*")


def write(request: ExportRequest) -> Exported:
    """Return all versions, and the suites' cases, in one file. Raises UsageError."""
    last = request.last
    prompts, all_losses = [], []
    for version in request.versions:
        losses = Losses(version)
        all_losses.append(losses)
        losses.inputs()
        # The importer takes a prompt's name from labels like this one.
        prompts.append({"label": version.ref, "raw": _raw(losses)})
        if (version.model, snake_settings(version)) != (last.model, snake_settings(last)):
            # A config asks every prompt of every provider, so versions cannot have one each.
            losses.add("model", f"its model and settings: those of {last.ref} are used")
    body: dict[str, Any] = {"description": request.description or request.title or request.name}
    body |= {"prompts": prompts, "providers": _providers(request, all_losses[-1])}
    tests = [test for suite in request.suites for test in _tests(suite, all_losses[-1])]
    body |= {"tests": tests} if tests else {}
    # Editors check the file by it, and our importer knows it by this line.
    head = "# yaml-language-server: $schema=https://promptfoo.dev/config-schema.json\n"
    return Exported({"promptfooconfig.yaml": f"{head}{yaml_text(body)}".encode()}, all_lost(all_losses))


def _raw(losses: Losses) -> str:
    """The text of a version, a chat as JSON."""
    version = losses.version
    texts = [version.template] if version.template is not None else []
    messages: list[dict[str, Any]] = []
    if version.template is None:
        messages = losses.messages(placeholders=False)
        texts = [item["content"] for item in messages]
    for text in texts:
        _refuse_other_engine(str(text), version)
    losses.engine(map(str, texts))
    if version.template is None:
        return json.dumps(messages, ensure_ascii=False)
    if _LIKE_A_FILE.fullmatch(version.template) or version.template.lstrip().startswith(("[", "- ", "file:")):
        raise UsageError(f"{version.ref} begins like a file or a list, which promptfoo reads")
    return version.template


def _refuse_other_engine(text: str, version: Version) -> None:
    """Refuse what Nunjucks, which fills every text there, would take otherwise. Raises UsageError."""
    # Nunjucks fills {{x}} alike, so that only what it takes for a tag can go wrong.
    if version.template_format == "simple":
        if re.search(r"\{%|\{#", text):
            raise UsageError(f"{version.ref} has {{% or {{# as text, which promptfoo runs")
        return
    filters = re.findall(r"\|\s*(\w+)", text)
    if _OTHER.search(text) or any(not re.fullmatch(_SHARED, name) for name in filters) or "~" in text:
        raise UsageError(f"{version.ref} has jinja2 that Nunjucks may not know")


def _providers(request: ExportRequest, losses: Losses) -> list[dict[str, Any]]:
    config = snake_settings(request.last)
    models = [request.last.model]
    for suite in request.suites:
        models += [model for model in suite.models or () if model not in models]
    for model in models:
        provider = model.partition("/")[0]
        if is_stand_in(model) or (provider in request.served and provider not in _MODELS):
            where = "which only Cuebook has" if is_stand_in(model) else "whose server the settings here name"
            losses.add(f"model.{model}", f"how to ask {model}, {where}: write a provider in its place")
    parts = [model.partition("/") for model in models]
    ids = [f"{_MODELS.get(provider, f'{provider}:')}{name}" for provider, _, name in parts]
    return [{"id": one, **({"config": config} if config else {})} for one in ids]


def _tests(suite: Suite, losses: Losses) -> Iterator[dict[str, Any]]:
    """The cases with the asserts of their scorers."""
    for case in suite.cases:
        asserts = [one for scorer in suite.scorers for one in _asserts(scorer, case, losses)]
        # What an assert says already is no variable as well: a rubric would be read as a template.
        held = {str(scorer.parameters.get("expectation", "answer")) for scorer in suite.scorers}
        held |= {_rubric_key(scorer) for scorer in suite.scorers}
        others = {key: value for key, value in case.expectations.items() if key not in held}
        test: dict[str, Any] = {"description": case.id, "vars": {**others, **case.inputs}}
        pairs = [tag.partition(":") for tag in case.tags]
        tags = {name: value or True for name, _, value in pairs}
        test |= {"metadata": tags} if tags else {}
        yield test | ({"assert": asserts} if asserts else {})


def _asserts(scorer: ScorerSpec, case: Case, losses: Losses) -> Iterator[dict[str, Any]]:
    given = scorer.parameters
    value = case.expectations.get(str(given.get("expectation", "answer")))
    absent = "not-" if given.get("absent") else ""
    if scorer.name in _TEXTS:
        yield from _texts(scorer, value, absent)
    elif scorer.name == "regex":
        pattern = given.get("pattern") or value
        if pattern is not None:
            yield {"type": f"{absent}regex", "value": pattern}
    elif scorer.name == "json_schema":
        schema = given.get("schema")
        yield {
            "type": "is-json",
            **({"value": dict(schema)} if isinstance(schema, Mapping) and schema else {}),
        }
    elif scorer.name in {"latency", "cost"}:
        limit = given.get("max_seconds", given.get("max_usd"))
        if limit is not None:
            yield {"type": scorer.name, "threshold": limit * 1000 if scorer.name == "latency" else limit}
    # Promptfoo counts words alone.
    elif scorer.name == "length" and "max_chars" not in given:
        limits = {"min": given.get("min_words"), "max": given.get("max_words")}
        yield {"type": "word-count", "value": {key: item for key, item in limits.items() if item is not None}}
    elif scorer.name == "judge" and _rubric_key(scorer):
        if isinstance(rubric := case.expectations.get(_rubric_key(scorer)), str):
            yield {"type": "llm-rubric", "value": rubric}
    else:
        losses.add(f"scorer.{scorer.label}", f"the scorer {scorer.label}")


def _texts(scorer: ScorerSpec, value: Any, absent: str) -> Iterator[dict[str, Any]]:
    given = scorer.parameters
    as_is, folded = _TEXTS[scorer.name]
    kind = as_is if given.get("ignore_case", scorer.name == "contains") is False else folded
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    if len(texts) == 1:
        yield {"type": f"{absent}{kind.removesuffix('-all')}", "value": texts[0]}
    elif texts and scorer.name == "contains" and not absent:
        yield {"type": kind, "value": texts}
    else:
        yield from ({"type": f"{absent}{kind.removesuffix('-all')}", "value": text} for text in texts[:1])


def _rubric_key(scorer: ScorerSpec) -> str:
    """The expectation that a judge reads as ``rubric``; empty where it has none."""
    source = scorer.parameters.get("with", {}).get("rubric", "")
    return source.removeprefix("expectations.") if isinstance(source, str) else ""
