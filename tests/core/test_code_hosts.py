from __future__ import annotations

import pytest

from cuebook.core.code_hosts import code_host


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://github.com/o/r", ""),
        ("https://git.example.com/o/r", ""),
        ("https://gitlab.com/o/r", "GitLab"),
        ("https://gitlab.example.com:8443/o/r", "GitLab"),
        ("https://codeberg.org/o/r", "Gitea"),
        ("https://forgejo.example.com/o/r", "Gitea"),
        ("https://bitbucket.org/o/r", "Bitbucket"),
        ("https://dev.azure.com/o/p/_git/r", "Azure DevOps"),
        ("https://mygitlabel.example.com/o/r", ""),
        ("", ""),
    ],
)
def test_a_server_is_known_by_a_part_of_its_name(url: str, host: str) -> None:
    assert code_host(url) == host
