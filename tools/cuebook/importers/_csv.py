"""What is wrong with a table that cannot be taken apart."""

from __future__ import annotations

import csv


def csv_fault(error: csv.Error) -> tuple[str, str]:
    """What is wrong, and what to do."""
    if "field limit" in str(error):
        what = f"not CSV: a cell has over {csv.field_size_limit():,} characters"
        return what, "close its quotes if they are open; JSON Lines may hold a text as long as this"
    return f"not CSV: {error}", "write it as JSON Lines"
