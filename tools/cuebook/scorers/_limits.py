"""What is left of a score past a limit."""

from __future__ import annotations


def within(amount: float, limit: float) -> float:
    """1 up to the limit, then falling in a line to 0 at twice the limit."""
    return 1.0 if amount <= limit else max(0.0, 2 - amount / limit)
