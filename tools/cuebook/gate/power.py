"""Before anything is spent: what the cases can decide, and what the calls will cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cuebook.core.messages import texts
from cuebook.core.templating import as_text
from cuebook.core.text import token_estimate
from cuebook.gate import sequential_test
from cuebook.gate.prepared import Prepared
from cuebook.models import price_of
from cuebook.registry.settings import Settings, is_stand_in
from cuebook.shapes.run import Version


@dataclass(frozen=True, slots=True)
class Power:
    """Whether a metric can decide: with ``cases`` observations of spread ``sd`` at its margin.

    ``measured`` tells a spread seen in an earlier run from the assumed one. ``needed`` cases pass an
    equally good candidate with 80 % power; ``margin_supported`` is what ``cases`` are enough for.
    ``stated`` is the suite's margin where the errors of a judge make the one to test with smaller.
    """

    label: str
    margin: float
    cases: int
    sd: float
    measured: bool
    needed: int
    margin_supported: float
    stated: float | None = None

    @property
    def enough(self) -> bool:
        """Whether the cases are enough for the margin."""
        return self.cases >= self.needed

    @property
    def sentence(self) -> str:
        """The finding in one line."""
        spread = f"sd {self.sd:.2f} {'measured' if self.measured else 'assumed'}"
        if self.stated is not None:
            spread += f"; the suite's {self.stated:g} less the errors of the judge"
        if self.enough:
            return (
                f"{self.label}: {self.cases} cases are enough for a margin of {self.margin:.3g} ({spread}); "
                f"minimum detectable difference: {self.margin_supported:.3f}"
            )
        return (
            f"{self.label}: {self.cases} cases support a margin of {self.margin_supported:.3f}, "
            f"not {self.margin:.3g} ({spread}); {self.needed} cases would"
        )


def power(comparison: Prepared, spreads: Mapping[str, float] | None = None) -> list[Power]:
    """Before any spending: what each gating metric can see. ``spreads`` are measured sds by label."""
    found = []
    for label, rule in comparison.suite.gate.metrics.items():
        measured = (spreads or {}).get(label)
        sd = sequential_test.PRIOR_SD if measured is None else measured
        cases = comparison.planned(label)
        margin = comparison.margin(label)
        found.append(
            Power(
                label=label,
                margin=margin,
                cases=cases,
                sd=sd,
                measured=measured is not None,
                needed=sequential_test.cases_needed(margin, sd),
                margin_supported=sequential_test.smallest_margin(cases, sd),
                stated=rule.margin if margin != rule.margin else None,
            )
        )
    return found


def expected_tokens(comparison: Prepared) -> int:
    """Tokens sent and answered in the whole comparison, judges left out; see ``expected_cost``."""
    arms = [version for version in (comparison.candidate, comparison.baseline) if version]
    return round(sum(sum(_tokens(comparison, version)) for version in arms) * len(comparison.models))


def expected_cost(comparison: Prepared, config: Settings) -> float | None:
    """US dollars for the answers of a comparison, from the dated price table; None where a price is unknown.

    Tokens sent are estimated from the bytes; those of an answer are half of ``maxTokens`` (or 200).
    """
    total = 0.0
    for version in (comparison.candidate, comparison.baseline):
        for model in comparison.models if version else ():
            assert version is not None
            price = _price(model or version.model, config)
            if price is None:
                return None
            sent, answered = _tokens(comparison, version)
            total += (sent * price[0] + answered * price[1]) / 1e6
    return total


def _tokens(comparison: Prepared, version: Version) -> tuple[float, float]:
    """Expected tokens (sent, answered) for every case and repeat of one arm on one model."""
    fixed = sum(map(token_estimate, texts(version.behaviour)))
    values = sum(
        token_estimate(as_text(value)) for case in comparison.cases for value in case.inputs.values()
    )
    samples = len(comparison.cases) * comparison.suite.repeats
    sent = (fixed * len(comparison.cases) + values) * comparison.suite.repeats
    return sent, samples * version.parameters.get("maxTokens", 400) / 2


def _price(model: str, config: Settings) -> tuple[float, float] | None:
    model = config.resolve(model)
    if is_stand_in(model):
        return 0.0, 0.0
    price = price_of(model, config)
    return (price.input, price.output) if price else None
