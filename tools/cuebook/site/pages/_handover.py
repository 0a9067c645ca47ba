"""Link to the host's page for a new file, filled in; ``assets/handover.js`` adds the text."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from cuebook.core.code_hosts import code_host
from cuebook.site.pages._base import Site

MAX_URL = 7500
"""Bytes of an address that hosts and browsers surely take; beyond, the text is pasted."""


def new_file_template(site: Site) -> str:
    """Return the address of the host's new-file page with {filename}, {value} and {message} to be filled in.

    Empty where no repository is known. A configured template wins; else the host's name decides, and
    hosts with a name of their own are taken for GitHub.
    """
    # A / in the name of a branch stays: hosts take the rest of the path for it.
    branch = quote(site.branch)
    if site.new_file_url:
        return site.new_file_url.replace("{branch}", branch)
    repo = site.repo_url.rstrip("/").removesuffix(".git")
    # An address for git alone, such as git@host:team/prompts, has no pages.
    if urlsplit(repo).scheme not in {"http", "https"}:
        return ""
    host = code_host(repo)
    if host == "Gitea":
        return f"{repo}/_new/{branch}?filename={{filename}}&value={{value}}"
    if host == "GitLab":
        return f"{repo}/-/new/{branch}?file_name={{filename}}"  # GitLab takes no text
    return f"{repo}/new/{branch}?filename={{filename}}&value={{value}}&message={{message}}"
