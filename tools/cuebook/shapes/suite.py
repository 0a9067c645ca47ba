"""What a suite says: scorers, gate rules and cases, in plain shapes without behaviour of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from cuebook.core.canonical import digest
from cuebook.shapes._defaults import ERROR, MARGIN, MAX_STEPS
from cuebook.shapes.run import Case, Json
from cuebook.shapes.split import Shares


@dataclass(frozen=True, slots=True)
class ScorerSpec:
    """A scorer as a suite writes it. ``label`` is its name in gate rules and reports."""

    name: str
    label: str
    parameters: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MetricRule:
    """One metric that decides: the largest loss accepted and, if any, an absolute bar, both on [0, 1]."""

    margin: float = MARGIN
    floor: float | None = None


@dataclass(frozen=True, slots=True)
class JudgeRules:
    """What a judge must show before its metrics decide; it only advises until then.

    ``min_kappa`` is compared with the lower 95% bound of its agreement with people.
    """

    min_kappa: float | None = None
    max_age_days: int | None = None


@dataclass(frozen=True, slots=True)
class GateRules:
    """When a suite lets a version through, and with which error of either side."""

    metrics: Mapping[str, MetricRule]
    baseline: str = "production"
    protected: str | None = None
    enforce: Literal["merge", "promotion"] = "merge"
    max_cost_usd: float | None = None
    max_tokens: int | None = None
    max_calls: int | None = None
    limits: Mapping[str, float] = field(default_factory=dict)
    judges: JudgeRules = JudgeRules()
    error: float = ERROR
    baseline_repeats: int = 1


@dataclass(frozen=True)
class Suite:
    """Prompt x dataset x scorers x gate rules. ``path`` is the folder, relative to the root.

    ``target`` names the app of the settings that answers in place of models; empty where none does.
    """

    name: str
    prompt: str
    dataset: str
    cases: tuple[Case, ...]
    scorers: tuple[ScorerSpec, ...]
    gate: GateRules
    models: tuple[str, ...] = ()
    repeats: int = 1
    max_steps: int = MAX_STEPS
    path: str = ""
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False, compare=False)
    target: str = ""
    optimize: Shares = field(default_factory=Shares)
    copies: dict[frozenset[str], list[list[Case]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """Kept by ``registry.copies``: cases that ask the same, for each set of inputs that prompts see."""

    @cached_property
    def dataset_digest(self) -> str:
        """Digest of the cases, whatever their order in the file."""
        return digest({case.id: case.digest for case in self.cases})

    @property
    def _newer_rules(self) -> dict[str, Json]:
        """Rules that came later, where they are set: a suite without them keeps its digest."""
        rules, usual = self.gate, GateRules({})
        names = ("error", "baseline_repeats")
        return {name: getattr(rules, name) for name in names if getattr(rules, name) != getattr(usual, name)}

    @cached_property
    def digest(self) -> str:
        """Digest of scorers and gate rules: what decides, apart from the cases."""
        return digest(
            {
                "gate": self._newer_rules
                | {
                    "baseline": self.gate.baseline,
                    "enforce": self.gate.enforce,
                    "judges": [self.gate.judges.min_kappa, self.gate.judges.max_age_days],
                    "limits": self.gate.limits,
                    "max_cost_usd": self.gate.max_cost_usd,
                    "metrics": {
                        label: {"floor": rule.floor, "margin": rule.margin}
                        for label, rule in self.gate.metrics.items()
                    },
                    "protected": self.gate.protected,
                },
                "models": self.models,
                "prompt": self.prompt,
                "repeats": self.repeats,
                "files": {name: digest(data.hex()) for name, data in self.files.items()},
                "scorers": [[spec.name, spec.label, spec.parameters] for spec in self.scorers],
                **({"max_steps": self.max_steps} if self.max_steps != MAX_STEPS else {}),
                **({"target": self.target} if self.target else {}),
            }
        )
