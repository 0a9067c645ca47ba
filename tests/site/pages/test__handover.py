from __future__ import annotations

import pytest

from cuebook.site.pages import Site
from cuebook.site.pages._handover import new_file_template
from fixtures.site_catalog import catalog

GITHUB = "/new/main?filename={filename}&value={value}&message={message}"


@pytest.mark.parametrize(
    ("repo", "template"),
    [
        ("https://github.com/team/prompts", f"https://github.com/team/prompts{GITHUB}"),
        ("https://github.com/team/prompts.git/", f"https://github.com/team/prompts{GITHUB}"),
        ("https://ghe.corp.example/team/prompts", f"https://ghe.corp.example/team/prompts{GITHUB}"),
        (
            "https://codeberg.org/team/prompts",
            "https://codeberg.org/team/prompts/_new/main?filename={filename}&value={value}",
        ),
        (
            "https://gitea.corp.example/team/prompts",
            "https://gitea.corp.example/team/prompts/_new/main?filename={filename}&value={value}",
        ),
        (
            "https://gitlab.com/team/prompts",
            "https://gitlab.com/team/prompts/-/new/main?file_name={filename}",
        ),
        ("https://mygitea.example/team/prompts", f"https://mygitea.example/team/prompts{GITHUB}"),
        ("", ""),
        ("javascript:alert(1)", ""),
        ("git@github.com:team/prompts.git", ""),
    ],
)
def test_where_a_new_file_is_proposed(repo: str, template: str) -> None:
    assert new_file_template(Site(catalog(), repo_url=repo)) == template


def test_a_configured_template_wins_and_the_branch_is_encoded() -> None:
    own = "https://git.example.org/x/_new/{branch}?filename={filename}&value={value}"
    site = Site(catalog(), repo_url="https://github.com/a/b", branch="feature/a b", new_file_url=own)
    assert new_file_template(site) == own.replace("{branch}", "feature/a%20b")
