from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import cuebook
import cuebook_standins
import generate
from cuebook import exporters, importers, scorers
from cuebook.cli import command_names
from cuebook.wording.glossary import GLOSSARY

PAGES = {path: data.decode() for path, data in generate.generated().items()}
STALE = "made from the code and no longer true of it: python tools/generate.py"


def test_nothing_generated_is_stale(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--check"]) == 0, f"{capsys.readouterr().out}{STALE}"


@pytest.mark.parametrize("name", command_names())
def test_every_command_is_in_the_reference_with_help(name: str) -> None:
    page = PAGES["docs/reference/cli.md"]
    assert f"\n## {name}\n" in page
    section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert f"Usage: cuebook {name}" in section
    assert f"Example: cuebook {name}" in " ".join(section.split())


CLIENT = PAGES["docs/reference/client.md"]


@pytest.mark.parametrize("name", cuebook.__all__)
def test_every_public_name_is_on_the_page_of_the_python_api(name: str) -> None:
    found = getattr(cuebook, name)
    section = CLIENT.split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert (found.__doc__ or "").split("\n")[0].split("``")[0][:40] in section
    if isinstance(found, type) and not issubclass(found, Exception):
        members = [
            member
            for member in vars(found)
            if not member.startswith("_") and member not in {"alias", "source", "arm"}
        ]
        assert all(f"- `{member}" in section for member in members)


def test_the_page_of_the_python_api_has_examples_of_all_that_it_promises() -> None:
    examples = "\n".join(re.findall(r"```python\n(.*?)```", CLIENT, re.S))
    for word in (
        "fallback",
        "digest=",
        "cache_dir",
        "max_stale",
        "aload_prompt",
        "to_openai",
        "span_attributes",
    ):
        assert word in (CLIENT if word == "fallback" else examples)


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", CLIENT, re.S))
def test_an_example_of_the_python_api_runs_as_it_is_pasted(tmp_path: Path, example: str) -> None:
    environment = {"PATH": os.environ["PATH"], "CUEBOOK_REGISTRY": str(generate.ROOT)}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_glossary_has_every_term_with_its_meaning() -> None:
    page = PAGES["docs/reference/glossary.md"]
    assert all(f"| {term} | {meaning} |" in page for term, meaning in GLOSSARY.items())


def test_sub_commands_are_in_the_reference() -> None:
    page = PAGES["docs/reference/cli.md"]
    for words in ("ci check", "ci gate", "ci publish", "site build", "site serve"):
        assert f"\n### {words}\n" in page


@pytest.mark.parametrize("name", scorers.built_in())
def test_every_scorer_is_in_the_reference_with_its_settings(name: str) -> None:
    section = PAGES["docs/reference/scorers.md"].split(f"\n## {name}\n")[1].split("\n## ")[0]
    for setting, field in scorers.find(name).parameters.model_fields.items():
        assert f"| `{field.alias or setting}` |" in section
        assert field.description, f"{name}.{setting} has no description"


def test_every_format_is_in_the_reference() -> None:
    page = PAGES["docs/reference/formats.md"]
    for name in importers.names():
        assert f"\n### --from {name}\n" in page
    for name in exporters.names():
        assert f"\n### --to {name}\n" in page


@pytest.mark.parametrize("name", cuebook_standins.skills())
def test_every_skill_of_the_stand_ins_is_in_the_reference(name: str) -> None:
    section = PAGES["docs/reference/standins.md"].split(f"\n## {name}\n")[1].split("\n## ")[0]
    assert cuebook_standins.skills()[name].MODEL in section


def test_check_finds_stale_missing_and_stray_files_and_writing_mends_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(generate, "ROOT", tmp_path)
    assert generate.main([]) == 0
    (tmp_path / "docs/reference/cli.md").write_text("old")
    (tmp_path / "schemas/suite.json").unlink()
    (tmp_path / "schemas/gone.json").write_text("{}")
    capsys.readouterr()
    assert generate.main(["--check"]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "stale docs/reference/cli.md",
        "stale schemas/suite.json",
        "stale schemas/gone.json",
    ]
    assert (tmp_path / "docs/reference/cli.md").read_text() == "old"
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0


def test_wrong_words_show_what_is_possible(capsys: pytest.CaptureFixture[str]) -> None:
    assert generate.main(["--fix"]) == 2
    assert "python tools/generate.py --check" in capsys.readouterr().out


def test_code_in_docstrings_becomes_code_in_markdown() -> None:
    assert generate.markdown("One ``a`` and ```b```.\n\n    - two\n      three") == (
        "One `a` and ```b```.\n\n- two\n  three"
    )


INSTALL = """\
      - run: |
          pip install --require-hashes -r requirements/eval.txt
          pip install --no-deps --no-build-isolation . ./tools/standins
"""
INSTALLED = """\
      - run: |
          pip install --require-hashes -r .github/cuebook-requirements.txt
"""
HOUSE = "  house:\n    steps:\n      - run: python3 quickstart.py test\n"
DEPLOY = "  deploy:\n    needs: [a]\n"


@pytest.mark.parametrize(
    ("jobs", "made"),
    [
        (f"  a:\n{INSTALL}", f"  a:\n{INSTALLED}"),
        (f"  a:\n{INSTALL}\n{HOUSE}", f"  a:\n{INSTALLED}"),
        (f"{HOUSE}\n  a:\n{INSTALL}\n{DEPLOY}", f"  a:\n{INSTALLED}\n{DEPLOY}"),
        (DEPLOY, DEPLOY),
    ],
)
def test_a_template_installs_the_package_and_leaves_our_own_tests_out(jobs: str, made: str) -> None:
    head = "# Why\nname: x\n\njobs:\n"
    assert generate.installed(f"{head}{jobs}") == f"{head}{made}"
