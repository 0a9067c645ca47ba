"""Where one step of a workflow leaves what a later one takes up, below the checkout."""

from __future__ import annotations

from pathlib import Path

STAGED = Path("build") / "ledger"
"""Where records wait for ``cuebook ci keep``."""

FOUND = Path("build") / "nightly" / "night.json"
"""What a night found, for ``cuebook ci issues``."""
