"""What the words of this site mean, one page for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cuebook.site.pages._base import GLOSSARY_PAGE, Page, Site
from cuebook.site.pages._html import tag
from cuebook.site.pages._parts import body, head
from cuebook.wording.glossary import GLOSSARY

KIND = "glossary"
LEAD = "Reports, pages and messages use each of these words for one thing only."


def pages(_site: Site) -> Iterator[Page]:
    """Yield the one page."""
    rows = [
        [
            # A word may have blanks, an id may not.
            tag("dt", word, id=re.sub(r"[^a-z0-9]+", "-", word)),
            tag("dd", f"{meaning[0].upper()}{meaning[1:]}."),
        ]
        for word, meaning in GLOSSARY.items()
    ]
    top = head(GLOSSARY_PAGE, [], "Glossary", tag("p", LEAD, class_="cb-lead"))
    shown = tag("dl", rows, class_="cb-glossary")
    yield Page(GLOSSARY_PAGE, "Glossary", body(top, shown), wide=True, description=LEAD.rstrip("."))
