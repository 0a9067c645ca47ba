"""Numbers as people write them: with a comma, in per cent, with a currency or with what they count."""

from __future__ import annotations

import re

_AS_WRITTEN = re.compile(
    r"\s*[$\u20ac\u00a3]?\s*v?([-+]?)(?:(\d{1,3}(?:,\d{3})+(?:\.\d+)?)|(\d+(?:[.,]\d+)?))"
    r"\s*(?:(%)|k|s|sec(?:onds?|s)?|words?|tokens?|calls?|char(?:acter)?s?|usd|dollars?|\$|\u20ac)?\s*",
    re.IGNORECASE,
)


def as_written(given: str) -> float | None:
    """Return the number that a text is meant as: of 5% that is 0.05, of another unit of time None."""
    found = _AS_WRITTEN.fullmatch(given)
    if not found:
        return None
    sign, thousands, plain, per_cent = found.groups()
    value = float(thousands.replace(",", "") if thousands else plain.replace(",", "."))
    value *= 1000 if given.rstrip()[-1:] in "kK" else 1
    return float(f"{sign}1") * value / (100 if per_cent else 1)
