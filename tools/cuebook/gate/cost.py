"""What the calls of a comparison will take, before any is made: tokens, and US dollars. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cuebook.core.messages import texts
from cuebook.core.stand_ins import is_stand_in
from cuebook.core.templating import as_text
from cuebook.core.text import token_estimate
from cuebook.gate.comparison import judge_of
from cuebook.gate.prepared import Prepared
from cuebook.models import needs_key, price_of
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Case, Version


class _Spent(NamedTuple):
    """Tokens sent to a model, by the name that a version has for it, and tokens that it answers with."""

    model: str
    sent: float
    answered: float


def expected_tokens(comparison: Prepared) -> int:
    """Tokens sent and answered in the whole comparison, by versions and judges; see ``expected_cost``."""
    return round(sum(item.sent + item.answered for item in _spent(comparison)))


def expected_cost(comparison: Prepared, config: Settings) -> float | None:
    """US dollars for the answers and what judges say of them; None where a price is unknown.

    Prices are those of the dated table. Tokens sent are estimated from the bytes; those of an answer are half
    of ``maxTokens`` (or 200).
    """
    total = 0.0
    if comparison.suite.target:
        return None  # which models an app asks, and how often, is known to the app alone
    for model, sent, answered in _spent(comparison):
        asked = config.resolve(model)
        # Stand-ins answer here and cost nothing, also where they are not installed; other plug-ins say it.
        if is_stand_in(asked) or not needs_key(asked, config):
            continue
        price = price_of(asked, config)
        if price is None:
            return None
        total += (sent * price.input + answered * price.output) / 1e6  # prices are for a million tokens
    return total


def _spent(comparison: Prepared) -> Iterator[_Spent]:
    """What each model of a version is sent and answers, then each judge."""
    for version in (comparison.candidate, comparison.baseline):
        for model in comparison.models if version and not comparison.given else ():
            assert version is not None
            yield _Spent(model or version.model, *_tokens(comparison, version))
    answer = _answer(comparison.candidate)
    for spec, case, calls in comparison.judge_calls():
        judge = comparison.judges.get(judge_of(spec))
        if judge is None or not calls:
            continue
        told = {**case.inputs, **case.expectations}
        read = sum(token_estimate(as_text(told[name])) for name in judge.inputs if name in told)
        read += answer * (2 if spec.label in comparison.paired else 1)
        fixed = sum(map(token_estimate, texts(judge.behaviour)))
        yield _Spent(judge.model, calls * (fixed + read), calls * _answer(judge))


def _answer(version: Version) -> float:
    """Tokens of one answer."""
    return float(version.parameters.get("maxTokens", 400)) / 2


def _tokens(comparison: Prepared, version: Version) -> tuple[float, float]:
    """Expected tokens (sent, answered) for every case and repeat of one arm on one model."""
    fixed = sum(map(token_estimate, texts(version.behaviour)))
    each = _answer(version)
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
