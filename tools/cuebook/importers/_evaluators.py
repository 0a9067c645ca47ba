"""Evaluators of a ``.prompt.yml`` file as scorers: comparisons of text here, judges in ``_judges``."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from cuebook.importers._base import NewPrompt, Request, identifier, slug
from cuebook.importers._judges import judge, judge_settings
from cuebook.importers._prompt_yml import Evaluator, StringRule
from cuebook.importers._rows import Rows, filled, placeholders, plain

SIMILARITY, EXPECTED = "github/similarity", "expected"
LONGEST = 400
"""Characters of an operand that is looked for by pattern; escaped it must stay below the scorer's limit."""
# GitHub's tool minds case for equals alone, and trims an answer before it looks at it.
_PATTERNS = {"startsWith": r"(?i)\A\s*{}", "endsWith": r"(?i){}\s*\z"}

Warn = Callable[..., None]
Expect = Callable[[Mapping[str, Any]], str]


@dataclass(slots=True)
class Scoring:
    """What the evaluators become: scorers with their labels, judges, and expectations they read."""

    scorers: list[dict[str, Any]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    judges: list[NewPrompt] = field(default_factory=list)
    expectations: dict[str, Expect] = field(default_factory=dict)

    def expected(self, row: Mapping[str, Any]) -> dict[str, str]:
        """Return the expectations of a row that no key of it holds."""
        return {name: expect(row) for name, expect in self.expectations.items()}

    def add(self, scorer: str, label: str, settings: Mapping[str, Any]) -> None:
        """Add a scorer under its label."""
        self.scorers.append({scorer: {**settings, "as": label}})
        self.labels.append(label)


def convert(request: Request, evaluators: Sequence[Evaluator], rows: Rows, warn: Warn) -> Scoring:
    """Return scorers in place of the evaluators; ``warn(place, what, cure)`` hears of each difference."""
    made = Scoring()
    for index, given in enumerate(evaluators):
        item = (
            given if given.name is not None else given.model_copy(update={"name": f"evaluator {index + 1}"})
        )
        say = partial(warn, ["evaluators", index])
        label = slug(plain(item.name), made.labels)
        if given.name is None:
            warn(["evaluators", index, "name"], f"an evaluator without a name is called {label}")
        if item.string is not None:
            _string(made, label, item.string, rows, say)
        elif item.llm is not None:
            if settings := judge_settings(request, label, item.llm, rows, say):
                made.add("judge", label, settings)
                made.judges.append(judge(label, item.llm, rows, settings, request, say))
        elif item.uses == SIMILARITY and EXPECTED in rows.keys:
            made.add("token_f1", label, {"expectation": EXPECTED})
            say(f"{SIMILARITY} asked a model; token_f1 counts shared words instead")
        else:
            what = f"evaluator {plain(item.name)!r} was left out: it has no equivalent here"
            say(what, "write a judge, and pin it in the suite", out=True)
    return made


def _string(made: Scoring, label: str, rule: StringRule, rows: Rows, say: Warn) -> None:
    # In the order of the fields, which is that in which GitHub's tool asks for them.
    given = [(kind, text) for kind in StringRule.model_fields if (text := plain(getattr(rule, kind)))]
    if not given:
        say(f"evaluator {label!r} has nothing to compare with; it was left out", out=True)
        return
    if len(given) > 1:
        say(f"only {given[0][0]!r} counted in evaluator {label!r}; the rest was left out", out=True)
    kind, operand = given[0]
    # These two have a scorer that reads an expectation of the row; the others need a pattern.
    if kind in {"equals", "contains"}:
        key = _own_key(operand, rows) or _new_key(made, label, rows, partial(_operand, operand, rows))
        made.add("exact" if kind == "equals" else "contains", label, {"expectation": key})
    elif any(len(_operand(operand, rows, row)) > LONGEST for row in rows.rows):
        say(f"evaluator {label!r} looks for a text of over {LONGEST} characters; it was left out", out=True)
    else:
        pattern = _PATTERNS[kind]
        key = _new_key(made, label, rows, lambda row: pattern.format(re.escape(_operand(operand, rows, row))))
        made.add("regex", label, {"expectation": key})


def _operand(text: str, rows: Rows, row: Mapping[str, Any]) -> str:
    return filled(text, row, rows.names)


def _own_key(operand: str, rows: Rows) -> str | None:
    """The expectation that an operand is, when it is one placeholder and nothing else."""
    found = placeholders(operand)
    if len(found) != 1 or operand != f"{{{{{found[0][0]}}}}}":
        return None
    key = rows.names.get(found[0][0])
    return key if key in rows.keys and key not in rows.used else None


def _new_key(made: Scoring, label: str, rows: Rows, expect: Expect) -> str:
    name = identifier(label, [*rows.keys, *made.expectations])
    made.expectations[name] = expect
    return name
