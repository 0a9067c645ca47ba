from __future__ import annotations

from pathlib import Path

import pytest

from cuebook.cli import steps

FOLDER = Path(__file__).parent
MODULES = sorted(path.stem for path in Path(steps.__path__[0]).glob("*.py") if not path.stem.startswith("_"))


def test_every_file_is_a_step_of_its_name() -> None:
    assert sorted(steps.members()) == sorted(name.replace("_", "-") for name in MODULES)


@pytest.mark.parametrize("name", MODULES)
def test_a_step_says_what_it_does_and_has_a_test(name: str) -> None:
    command = steps.members()[name.replace("_", "-")]
    assert command.help, "its docstring is its help"
    assert command.get_short_help_str(limit=200)
    assert (FOLDER / f"test_{name}.py").is_file()
