"""What the calls of a comparison will take, before any is made: tokens, and US dollars. Pure."""

from __future__ import annotations

from cuebook.core.messages import texts
from cuebook.core.stand_ins import is_stand_in
from cuebook.core.templating import as_text
from cuebook.core.text import token_estimate
from cuebook.gate.prepared import Prepared
from cuebook.models import price_of
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Case, Version


def expected_tokens(comparison: Prepared) -> int:
    """Tokens sent and answered in the whole comparison, judges left out; see ``expected_cost``."""
    arms = [version for version in (comparison.candidate, comparison.baseline) if version]
    return round(sum(sum(_tokens(comparison, version)) for version in arms) * len(comparison.models))


def expected_cost(comparison: Prepared, config: Settings) -> float | None:
    """US dollars for the answers of a comparison, from the dated price table; None where a price is unknown.

    Tokens sent are estimated from the bytes; those of an answer are half of ``maxTokens`` (or 200).
    """
    total = 0.0
    if comparison.suite.target:
        return None  # which models an app asks, and how often, is known to the app alone
    for version in (comparison.candidate, comparison.baseline):
        for model in comparison.models if version else ():
            assert version is not None
            asked = config.resolve(model or version.model)
            if is_stand_in(asked):
                continue  # it answers here and costs nothing
            price = price_of(asked, config)
            if price is None:
                return None
            sent, answered = _tokens(comparison, version)
            total += (sent * price.input + answered * price.output) / 1e6  # prices are for a million tokens
    return total


def _tokens(comparison: Prepared, version: Version) -> tuple[float, float]:
    """Expected tokens (sent, answered) for every case and repeat of one arm on one model."""
    fixed = sum(map(token_estimate, texts(version.behaviour)))
    each = version.parameters.get("maxTokens", 400) / 2
    sent = answered = 0.0
    for case in comparison.cases:
        values = sum(token_estimate(as_text(value)) for value in case.inputs.values())
        so_far = _turn_tokens(case, each)
        sent += len(so_far) * (fixed + values) + sum(so_far)
        answered += len(so_far) * each
    repeats = comparison.suite.repeats
    return sent * repeats, answered * repeats


def _turn_tokens(case: Case, each: float) -> list[float]:
    """Tokens that a dialogue has so far, at each answer that is asked for; ``[0.0]`` for a single question.

    Each call sends all that was said before it, so they grow with the square of the length.
    """
    found, so_far, asked = [], 0.0, set(case.asked)
    for at, turn in enumerate(case.script):
        so_far += sum(token_estimate(as_text(turn[key])) for key in _WORDS if key in turn)
        if at in asked:
            found.append(so_far)
            so_far += each
    return found or [0.0]


_WORDS = ("user", "inputs", "assistant")
