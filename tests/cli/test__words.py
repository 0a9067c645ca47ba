"""Words of the command line that are no numbers, or in another place than they belong."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.mark.parametrize(
    ("words", "said", "cure"),
    [
        ("promote qa production", "'production' is not a version number", "cuebook promote qa/2"),
        ("promote production qa/1", "'qa/1' is not a version number", "cuebook promote qa/1"),
        ("promote qa/1 staging", "'staging' is not a version number", "cuebook promote qa/1 --alias staging"),
        ("promote qa@production", "names no version to promote", "cuebook promote qa/2"),
        ("promote qa/1 2", "two versions are named: 1 and 2", "cuebook promote qa/2"),
        ("promote aq production", "no prompt is called 'aq'", "did you mean 'qa'?"),
        ("rollback qa production", "'production' is not a version number", "cuebook rollback qa"),
        ("rollback qa staging", "is not a version number", "cuebook rollback qa --alias staging"),
        ("rollback qa 1 --to 2", "two versions are named: 1 and 2", "name one"),
        ("gate qa 2", "'2' is apart from its prompt, 'qa'", "write qa/2"),
        ("gate qa production", "'production' is apart from its prompt, 'qa'", "write qa@production"),
        ("plan qa v2", "'v2' is apart from its prompt, 'qa'", "write qa/2"),
        ("diff qa/2 1", "'1' is apart from its prompt, 'qa'", "write qa/1"),
        ("diff qa 1", "'1' is apart from its prompt, 'qa'", "write qa/1"),
    ],
)
def test_a_version_or_alias_in_another_place_is_told_where_it_belongs(
    cli: Cli, registry: Path, words: str, said: str, cure: str
) -> None:
    ended = cli(registry, *words.split())
    assert ended.code == 2
    assert said in ended.err
    assert ended.err.rstrip().endswith(cure)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("promote qa 2 staging", "cuebook promote qa 2 --alias staging"),
        ("promote qa 2 production", "cuebook promote qa 2"),
        ("promote qa production 2", "cuebook promote qa/2"),
        ("promote qa staging v2 --open-pr", "cuebook promote qa/2 --alias staging --open-pr"),
        ("rollback qa staging 1", "cuebook rollback qa/1 --alias staging"),
        ("diff qa 1 2", "cuebook diff qa/1 qa/2"),
        ("diff qa production v2 --json", "cuebook diff qa@production qa/2 --json"),
        ("diff qa 1 latest", "cuebook diff qa/1 qa@latest"),
        ("show qa 2 --json", "cuebook show qa/2 --json"),
        ("show qa production", "cuebook show qa@production"),
        ("export --to promptfoo qa 2", "cuebook export --to promptfoo qa/2"),
        ("render qa question=Who", "cuebook render qa -v question=Who"),
        ("new qa 'Say why'", "cuebook new qa -m 'Say why'"),
        ("check qa", "cuebook check"),
    ],
)
def test_a_word_too_many_is_put_where_it_belongs(cli: Cli, registry: Path, words: str, meant: str) -> None:
    ended = cli(registry, *shlex.split(words))
    assert ended.code == 2
    assert ended.err.rstrip().endswith(f"    write: {meant}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("plan qa/2 --shards x", "'x' is not a whole number from 1 to 256"),
        ("migrate --from a --to b --max-calls 0", "'0' is not a whole number from 1 on"),
        ("optimize qa --max-usd much", "'much' is not a number above 0"),
        ("promote qa/2 --try 80", "'80' is not a whole number from 1 to 50"),
    ],
)
def test_a_word_in_place_of_a_number_is_told_what_is_wanted(
    cli: Cli, registry: Path, words: str, said: str
) -> None:
    ended = cli(registry, *words.split())
    assert ended.code == 2
    assert said in ended.err
    assert "range" not in ended.err


@pytest.mark.parametrize(
    ("words", "cure"),
    [
        ("show prompts/qa", "write qa"),
        ("diff prompts/qa/v1.prompt.yml qa/2", "write qa/1"),
        ("gate qa/2 --suite evals/qa/suite.yml", "write qa"),
        ("history prompts/qa/aliases.yml", "write qa"),
    ],
)
def test_a_path_is_answered_by_what_it_leads_to(cli: Cli, registry: Path, words: str, cure: str) -> None:
    ended = cli(registry, *words.split())
    assert ended.code == 2
    assert ended.err.endswith(f"\n    {cure}\n")
