from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from conftest import Ended
from cuebook.judging.ask import canaries
from cuebook.shapes.split import place
from judged import JUDGED, case
from loopback import Loopback
from optimised import LINES, Request, answers, general, helpful, reflections, registry

Cli = Callable[..., Ended]
WITH = ("--reflect-with", "local/big", "--max-answers", "120")


def test_a_better_wording_is_written_and_what_to_do_next_is_said(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("gepa", reason="gepa is missing: skipped")
    with Loopback(helpful) as server:
        root = registry(tmp_path, server)
        ended = cli(root, "optimize", "qa", *WITH)
        assert ended.code == 0, ended.err
        checked = cli(root, "check")
        gate = cli(root, "gate", "qa/2")
        shown = cli(root, "show", "qa/2")
    first, *_, wrote, then, last = ended.out.splitlines()
    assert first == "qa/1 on qa: 140 cases in 140 clusters: 48 to read, 27 to choose by, 65 held out"
    assert "accepted" in ended.out
    assert "PASS on held-out cases: +" in ended.out
    assert wrote == "wrote prompts/qa/v2.prompt.yml and its trail evals/qa/trails/qa-v2.json"
    assert then.startswith("next: git switch -c optimise-qa && git add -A")
    assert last.startswith("then open the pull request")
    assert checked.code == 0
    assert "an optimiser made it on qa: see evals/qa/trails/qa-v2.json" in shown.out
    assert gate.code == 0
    assert "On the 65 cases that it was not made from: Better" in " ".join(gate.out.split())


def test_a_price_that_is_not_known_is_said(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("gepa", reason="gepa is missing: skipped")
    idle = partial(answers, right=lambda *_: True, proposes=lambda text: text)
    with Loopback(idle) as server:
        root = registry(tmp_path, server)
        settings = root / "cuebook.toml"
        settings.write_text(settings.read_text().replace('prices."local/m"', 'prices."local/other"'))
        ended = cli(root, "optimize", "qa", *WITH, "--max-usd", "1")
    assert ended.code == 3
    assert "$1.00, of which what the gate costs is kept for the gate; 120 scored answers" in ended.out
    assert "has no known price" in ended.err
    assert "the training cases leave nothing to improve" in ended.out


def test_nothing_better_writes_nothing(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("gepa", reason="gepa is missing: skipped")
    idle = partial(answers, right=lambda _, number: number % 4 == 0, proposes=lambda text: f"{text} Please.")
    with Loopback(idle) as server:
        root = registry(tmp_path, server)
        ended = cli(root, "optimize", "qa", *WITH)
    assert (ended.code, ended.out.splitlines()[-1]) == (
        3,
        "nothing better was found: nothing is gated or written",
    )
    assert not (root / "prompts/qa/v2.prompt.yml").exists()


def test_a_winner_that_fails_is_kept_only_where_that_is_asked_for(cli: Cli, tmp_path: Path) -> None:
    pytest.importorskip("gepa", reason="gepa is missing: skipped")
    seen = {number for number, line in enumerate(LINES) if place(str(line["id"])) < 0.5}

    def overfitted(request: Request) -> str:
        def right(system: str, number: int) -> bool:
            return number in seen if "Please" in system else general(system, number)

        return answers(request, right=right, proposes=lambda text: f"{text} Please.")

    with Loopback(overfitted) as server:
        root = registry(tmp_path, server)
        ended = cli(root, "optimize", "qa", *WITH)
        assert ended.code == 1
        assert "FAIL on held-out cases: Worse than v1" in ended.out
        assert not list(root.rglob("*candidate*"))
        kept = cli(root, "optimize", "qa", *WITH, "--keep")
    assert kept.code == 1
    (file,) = root.rglob("*.candidate.prompt.yml")
    assert "Please" in file.read_text()
    assert sorted(path.name for path in (root / "prompts/qa").iterdir()) == [
        "aliases.yml",
        "meta.yml",
        "v1.prompt.yml",
    ]


def test_without_gepa_the_line_that_installs_it_is_shown(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gepa", None)
    with Loopback(helpful) as server:
        ended = cli(registry(tmp_path, server), "optimize", "qa", *WITH)
    assert ended.code == 2
    assert "gepa (it proposes wordings) is not installed" in ended.err
    assert "pip install 'cuebook[optimize] @ git+https://" in ended.err
    assert server.calls == 0


def test_what_is_in_the_way_is_said_before_anything_is_asked(cli: Cli, tmp_path: Path) -> None:
    with Loopback(helpful) as server:
        root = registry(tmp_path, server)
        ended = cli(root, "optimize", "qa", "--reflect-with", "openai/gpt-6-luna")
        unknown = cli(root, "optimize", "qb", *WITH)
        few = cli(root, "optimize", "qa", *WITH[:2], "--max-answers", "59")
    assert (ended.code, unknown.code, few.code, few.out, server.calls) == (2, 2, 2, "", 0)
    assert "--max-answers 59: the start and one proposal take 60" in few.err
    assert "the settings do not allow openai/gpt-6-luna" in ended.err
    assert "did you mean 'qa'" in unknown.err


def test_nothing_of_judges_and_labels_reaches_who_proposes(cli: Cli, tmp_path: Path) -> None:
    """Known-bad answers ride along and the judge's reasons are shown; its prompt, they and labels are not."""
    pytest.importorskip("gepa", reason="gepa is missing: skipped")
    idle = partial(answers, right=lambda *_: True, proposes=lambda text: f"{text} Be brief.")
    graded = "Nobody has seen it, and nobody will say so."
    first = JUDGED["prompts/qa/v1.prompt.yml"].replace("<context>\\n{{context}}\\n</context>\\n", "")
    more = JUDGED | {
        "prompts/qa/v1.prompt.yml": first,
        "evals/qa/dataset.jsonl": "".join(f"{case(number)}\n" for number in range(150)),
        "evals/grader/labels.jsonl": JUDGED["evals/grader/labels.jsonl"].replace(
            "Nobody has seen it.", graded
        ),
    }
    with Loopback(idle) as server:
        root = registry(tmp_path, server, more)
        assert cli(root, "optimize", "qa", *WITH).code == 2, "nobody has measured the judge"
        assert server.calls == 0
        assert cli(root, "judge", "grader").code == 0
        ended = cli(root, "optimize", "qa", *WITH)
        said = "\n".join(reflections(server))
    assert ended.code in {0, 3}, ended.err
    assert "Score: " in said
    hidden = [
        JUDGED["prompts/grader/v1.prompt.yml"],
        JUDGED["evals/grader/labels.jsonl"],
        *canaries(5).values(),
    ]
    runs = {said[at : at + 24] for at in range(len(said))}
    assert not {text[at : at + 24] for text in hidden for at in range(len(text) - 23)} & runs
