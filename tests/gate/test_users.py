from __future__ import annotations

from pathlib import Path

from build import write
from checked import FILES, GOOD, JUDGE, SUITE
from cuebook.core.files import Folder
from cuebook.gate.users import live_versions, users
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings

OLD = GOOD.replace("offline/rules", "openai/m-1")
PINNED = SUITE.replace("  - exact\n", "  - exact\n  - judge: {prompt: judge-tone/1, scale: [1, 5]}\n")


def test_live_versions_and_pinned_judges_use_their_models(tmp_path: Path) -> None:
    files = {
        "prompts/qa/v2.prompt.yml": OLD,
        "prompts/qa/v3.prompt.yml": GOOD + "author: a\n",
        "prompts/qa/aliases.yml": "production: 2\nbeta: 1\nstaging: 3\n",
        "prompts/judge-tone/v1.prompt.yml": JUDGE.replace("offline/judge", "openai/m-1"),
        "prompts/judge-tone/v2.prompt.yml": JUDGE + "author: a\n",
        "evals/qa/suite.yml": PINNED,
    }
    registry = Registry(Folder(write(tmp_path, FILES | files)))
    assert users(registry, Settings()) == {"openai/m-1": ["judge-tone/1", "qa/2"]}
    both = Settings(protected_aliases=["production", "beta"])
    assert [version.number for version in live_versions(registry, both, "qa")] == [1, 2]
    assert users(registry, both) == {"offline/rules": ["qa/1"], "openai/m-1": ["judge-tone/1", "qa/2"]}
    replaced = Settings(protected_aliases=["beta"], model="openai/m-3")
    assert users(registry, replaced) == {"openai/m-1": ["judge-tone/1"], "openai/m-3": ["qa/1"]}
