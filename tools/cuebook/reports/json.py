"""Every verdict whole, for programs: a JSON array in the published shape."""

from __future__ import annotations

import json
from collections.abc import Sequence

from cuebook.verdict import Verdict

SUFFIX = ".json"


def render(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as a JSON array, each in the shape of ``schemas/evaluation.json``."""
    data = [verdict.model_dump(mode="json", by_alias=True) for verdict in verdicts]
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
