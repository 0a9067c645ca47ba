from __future__ import annotations

from pathlib import Path

import pytest

from build import commit, write


@pytest.fixture
def repo(registry: Path) -> Path:
    """The registry in Git, by three commits."""
    (registry / "prompts/qa/v2.prompt.yml").rename(registry / "v2")
    commit(registry, "First")
    (registry / "v2").rename(registry / "prompts/qa/v2.prompt.yml")
    commit(registry, "Second")
    write(registry, {"prompts/qa/aliases.yml": "production: 2\nstaging: 2\n"})
    commit(registry, "Promote 2")
    return registry
