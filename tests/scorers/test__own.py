from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from cuebook import scorers
from cuebook.scorers._own import read_own
from scoring import POLITE, POLITE_PATH


@dataclass
class Files:
    """A tree of these files."""

    files: dict[str, str] = field(default_factory=dict)

    def paths(self, prefix: str = "") -> list[str]:
        return sorted(path for path in self.files if path.startswith(prefix))

    def read(self, path: str) -> bytes | None:
        return self.files[path].encode() if path in self.files else None

    def is_link(self, path: str) -> bool:
        return False


def tree(text: str = POLITE, path: str = POLITE_PATH, **more: str) -> Files:
    return Files({"cuebook.toml": f'scorers = ["{path}"]\n', path: text, **more})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import helpers", "'helpers' is neither in the standard library nor in an installed package"),
        ("from . import helpers", "'.' is neither"),
        ("from .helpers import x", "'.helpers' is neither"),
        ("def f():\n    import evals", "'evals' is neither"),
        ("x = (", "not Python"),
        ("x = 1", "the file has no function 'score'"),
        ("x" * (1 << 21), "the limit is"),
        ("x = '\0'", "NUL"),
        ("(" * 1_000, "not Python"),
    ],
)
def test_what_is_wrong_of_a_file_is_seen_without_running_it(text: str, said: str) -> None:
    _, problems = read_own(tree(text))
    assert any(said in item.message for item in problems), problems


def test_a_file_is_one_scorer_of_a_name_of_its_own() -> None:
    for path, said in (
        ("evals/_scorers/exact.py", "already a scorer of Cuebook"),
        ("evals/_scorers/Polite.py", "is not a valid name for a scorer"),
    ):
        (found,) = scorers.own_problems(tree(path=path))
        assert said in found.message
    twice = Files({"cuebook.toml": f'scorers = ["{POLITE_PATH}", "other/polite.py"]\n', POLITE_PATH: POLITE})
    twice.files["other/polite.py"] = POLITE
    (found,) = scorers.own_problems(twice)
    assert (found.file, POLITE_PATH in found.message) == ("other/polite.py", True)
    (found,) = scorers.own_problems(Files({"cuebook.toml": f'scorers = ["{POLITE_PATH}"]\n'}))
    assert "there is no such file" in found.message


def test_the_surface_that_own_scorers_may_use_is_this() -> None:
    stable = {"Context", "NoParameters", "Score", "Scorer", "scorer", "judge_scorer", "measured"}
    stable |= {"not_applicable", "failed", "expectation"}
    assert stable <= set(scorers.__all__)
    assert all(hasattr(scorers, name) for name in stable)
