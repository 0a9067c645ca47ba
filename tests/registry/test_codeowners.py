from __future__ import annotations

import pytest

from cuebook.core.files import FixedTree
from cuebook.registry.codeowners import LARGEST, owners_of, unowned


@pytest.mark.parametrize(
    ("line", "path", "owned"),
    [
        ("* @a", "deep/down/file.py", True),
        ("*.yml @a", "prompts/qa/aliases.yml", True),
        ("*.yml @a", "prompts/qa/data.jsonl", False),
        ("/prompts/*/aliases.yml @a", "prompts/qa/aliases.yml", True),
        ("/prompts/*/aliases.yml @a", "prompts/qa/deep/aliases.yml", False),
        ("/prompts/*/aliases.yml @a", "other/prompts/qa/aliases.yml", False),
        ("aliases.yml @a", "prompts/qa/aliases.yml", True),
        ("/overrides/ @a", "overrides/x.yml", True),
        ("/overrides/ @a", "overrides", False),
        ("/overrides @a", "overrides/deep/x.yml", True),
        ("overrides/ @a", "any/overrides/x.yml", True),
        ("docs/* @a", "docs/x.md", True),
        ("docs/* @a", "docs/deep/x.md", False),
        ("/evals/** @a", "evals/qa/suite.yml", True),
        ("/evals/**/suite.yml @a", "evals/suite.yml", True),
        ("**/suite.yml @a", "evals/qa/suite.yml", True),
        ("/prompts/judge-*/ @a", "prompts/judge-x/v1.prompt.yml", True),
        ("/prompts/judge-*/ @a", "prompts/qa/v1.prompt.yml", False),
        ("v?.yml @a", "v1.yml", True),
        ("v?.yml @a", "v12.yml", False),
        ("a+b.yml @a", "aab.yml", False),
        ("/evals/", "evals/qa/suite.yml", False),
        ("# /evals/ @a", "evals/qa/suite.yml", False),
        ("/evals/ @a # who", "evals/qa/suite.yml", True),
        ("", "evals/qa/suite.yml", False),
        ("/evals/ @a/team.b a.b@example.org", "evals/qa/suite.yml", True),
        ("/evals/ @@maintainer", "evals/qa/suite.yml", True),  # a role of GitLab
        ("/evals/ @jane.doe", "evals/qa/suite.yml", True),
        ("/evals/ @acme/ai/prompts", "evals/qa/suite.yml", True),  # a group in a group of GitLab
        ("/evals/ @acme/", "evals/qa/suite.yml", False),
        ("/evals/ a", "evals/qa/suite.yml", False),
        ("/evals/ @a nobody", "evals/qa/suite.yml", False),
        ("/evals/[a-z]*/ @a", "evals/qa/suite.yml", False),
        ("!/evals/ @a", "evals/qa/suite.yml", False),
        ("# who\x0c/evals/ @a", "evals/qa/suite.yml", False),
        ("# who\u2028/evals/ @a", "evals/qa/suite.yml", False),
        ("/evals/\u00a0@a", "evals/qa/suite.yml", False),
        ("/evals/ @a\r", "evals/qa/suite.yml", True),
        ("/my\\ shop/evals/ @a", "my shop/evals/qa/suite.yml", True),
        ("/my shop/evals/ @a", "my shop/evals/qa/suite.yml", False),
    ],
)
def test_patterns(line: str, path: str, owned: bool) -> None:
    assert (unowned(f"{line}\n", [path]) == []) is owned


def test_a_line_that_github_skips_takes_nothing_away() -> None:
    assert unowned("/evals/ @judges\n/evals/qa/ nobody\n!/evals/\n", ["evals/qa/suite.yml"]) == []


def test_a_file_of_owners_that_github_does_not_load_names_nobody() -> None:
    text = "* @all\n" + "#" * LARGEST
    assert owners_of(FixedTree({"CODEOWNERS": text.encode()})) == ("CODEOWNERS", "")


def test_the_last_line_that_matches_counts() -> None:
    text = "* @all\n/evals/ @judges\n/evals/qa/\n"
    assert unowned(text, ["a", "evals/x/suite.yml", "evals/qa/suite.yml"]) == ["evals/qa/suite.yml"]
