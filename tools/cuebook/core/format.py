"""Numbers as people read them; pure text, no markup."""

from __future__ import annotations

MINUS = "\u2212"
NONE = "\u2013"


def signed(value: float, text: str) -> str:
    """``text`` (the absolute value) with the sign of ``value``."""
    return f"{'+' if value > 0 else MINUS}{text}"


def tick(value: float) -> str:
    """A number on an axis through zero."""
    return "0" if value == 0 else signed(value, f"{abs(value):g}")


def score(value: float | None) -> str:
    """A mean score on [0, 1] as per cent points, or a dash."""
    return NONE if value is None else f"{100 * value:.1f}"


def points(value: float | None) -> str:
    """A difference in points with its sign; a true minus, and no minus zero."""
    if value is None:
        return NONE
    text = f"{abs(100 * value):.1f}"
    return text if float(text) == 0 else signed(value, text)


def interval(lower: float, upper: float) -> str:
    """Both ends of an interval, in points."""
    return f"[{points(lower)}, {points(upper)}]"


def share(old: float | None, new: float | None) -> str:
    """Relative change of a quantity, in per cent."""
    if old is None or new is None or not old:
        return NONE
    change = 100 * (new - old) / old
    text = f"{abs(change):.0f}"
    return f"{text} %" if text == "0" else f"{signed(change, text)} %"


def money(value: float | None) -> str:
    """US dollars with as many digits as a small sum needs."""
    if value is None:
        return "unknown"
    if value == 0 or value >= 1:
        return f"${value:,.2f}"
    return f"${value:.3f}" if value >= 0.01 else f"${value:.6f}".rstrip("0")


def seconds(value: float | None) -> str:
    """A length of time, short ones in milliseconds, or a dash."""
    if value is None:
        return NONE
    return f"{value:,.2f} s" if value >= 0.1 else f"{1000 * value:.1f} ms"


def amount(value: float | None) -> str:
    """A mean of things counted, or a dash."""
    return NONE if value is None else f"{value:,.1f}"


def capital(text: str) -> str:
    """A text that begins with a capital, as a sentence does."""
    return text[:1].upper() + text[1:]


def plural(count: int, word: str, many: str = "") -> str:
    """``1 case``, ``2 cases``."""
    return f"{count:,} {word if count == 1 else many or word + 's'}"
