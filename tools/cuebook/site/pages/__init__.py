"""One file per page kind: published shapes -> pages of a docs tree. Found by a folder scan."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import cast

from cuebook.core import family
from cuebook.site.pages._base import FIND, GLOSSARY_PAGE, Member, Page, PublishedFiles, Site, address

__all__ = [
    "FIND",
    "GLOSSARY_PAGE",
    "PublishedFiles",
    "Member",
    "Page",
    "Site",
    "address",
    "all_pages",
    "members",
]


@cache
def members() -> dict[str, Member]:
    """Return every page kind by name."""
    found = [
        cast("Member", importlib.import_module(f"{__name__}.{name}")) for name in family.members(__path__)
    ]
    return {member.KIND: member for member in found}


def all_pages(site: Site) -> Iterator[Page]:
    """Yield every generated page of the site, one kind after the other; made one at a time."""
    for member in members().values():
        yield from member.pages(site)
