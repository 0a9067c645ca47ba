"""When two texts say the same: white space, case and Unicode form are no difference."""

from __future__ import annotations

import unicodedata
from typing import Any


def fold(text: str) -> str:
    """The text in compatibility form, without case, each run of white space as one space."""
    # Folding case can undo the form (of "ΐ"), and the form can bring case back (of "℡").
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).casefold()
    return " ".join(plain.split())


def fold_json(value: Any) -> Any:
    """The same for every text in a JSON value, keys apart."""
    if isinstance(value, str):
        return fold(value)
    if isinstance(value, dict):
        return {key: fold_json(item) for key, item in value.items()}
    return [fold_json(item) for item in value] if isinstance(value, list) else value
