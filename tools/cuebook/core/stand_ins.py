"""Rules that answer in place of models: which ids are theirs, what replaces them, who offers them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RuleModels:
    """The models of one prefix that follow rules: no key, no cost, and no evidence about a model.

    ``one`` and ``many`` are what they are called. The setting ``model`` replaces ``answers``, ``judge_model``
    replaces ``judge``. A plug-in offers them: ``distribution``, at ``folder`` in Cuebook's repository; the
    package itself where both are empty.
    """

    prefix: str
    one: str
    many: str
    answers: str
    judge: str
    distribution: str = ""
    folder: str = ""


TOY = RuleModels("toy/", "a toy", "toys", "toy/answers", "toy/judge")
# The first release had them in the package: registries and records of that time name no plug-in.
EXAMPLE = RuleModels(
    "offline/",
    "a stand-in",
    "stand-ins",
    "offline/rules",
    "offline/judge",
    "cuebook-standins",
    "tools/standins",
)
RULE_MODELS = (TOY, EXAMPLE)
"""All of them. Their prefixes are reserved: no setting can give one to a real model."""

TOY_NAMES = (TOY.answers, TOY.judge)


def rule_models(model: str) -> RuleModels | None:
    """Return the row of the table that a model id belongs to; None for a model that is a real one."""
    return next((row for row in RULE_MODELS if model.startswith(row.prefix)), None)


def is_stand_in(model: str) -> bool:
    """Return whether a model id names a toy or a stand-in: rules that need no key and cost nothing."""
    return rule_models(model) is not None
