"""Write the newest events as an Atom feed (RFC 4287), for feed readers and chat systems."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote
from xml.sax.saxutils import escape, quoteattr

from cuebook.publish.events import events
from cuebook.shapes import published
from cuebook.shapes.published import Event, PromptIndex
from cuebook.site.pages import address
from cuebook.site.pages._base import FEED, HISTORY, prompt_page, version_page
from cuebook.wording.events import title
from cuebook.wording.names import person

MEDIA = "application/atom+xml"
MOST = 100
"""Entries; a reader that comes by once a month misses nothing, and ``events.json`` has all."""

_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def feed(indexes: Iterable[PromptIndex], site_url: str, name: str) -> str:
    """Return the Atom feed of the newest events, newest first; ``name`` is that of the site.

    Ids are addresses of the events in ``events.json``: the same for the same event wherever it is read.
    """
    prompts = {prompt.name: prompt for prompt in indexes}
    found = sorted(events(prompts.values()), key=lambda item: (item.time, item.id), reverse=True)[:MOST]
    base = f"{site_url.rstrip('/')}/"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        '<feed xmlns="http://www.w3.org/2005/Atom">',
        f"<id>{escape(base + FEED)}</id>",
        f"<title>{_text(name)}</title>",
        # RFC 4287 asks for a date of every feed; of one without entries, any will do.
        f"<updated>{found[0].time if found else '1970-01-01T00:00:00Z'}</updated>",
        f"<author><name>{_text(name)}</name></author>",
        f'<link rel="self" type="{MEDIA}" href={quoteattr(base + FEED)}/>',
        f"<link href={quoteattr(base + address(HISTORY))}/>",
        *(_entry(event, base, prompts[event.prompt]) for event in found),
        "</feed>",
    ]
    return "\n".join(lines) + "\n"


def alternate(site_url: str) -> str:
    """Return the link to the feed for a page's head.

    Two words: by ``alternate`` alone the theme's script takes it for a site in another language, and asks on
    every page for that site's map.
    """
    href = quoteattr(f"{site_url.rstrip('/')}/{FEED}")
    return f'<link rel="alternate feed" type="{MEDIA}" title="What happened" href={href}>'


def _entry(event: Event, base: str, prompt: PromptIndex) -> str:
    # The version of an old event may be erased since, and its page with it.
    there = any(entry.version == event.version for entry in prompt.versions)
    page = version_page(event.prompt, event.version) if there and event.version else prompt_page(event.prompt)
    author = f"<author><name>{_text(person(event.author))}</name></author>" if event.author else ""
    return (
        f"<entry><id>{escape(base + published.events_path())}#{quote(event.id, safe=':@/')}</id>"
        f"<title>{_text(title(event))}</title><updated>{event.time}</updated>{author}"
        f"<link href={quoteattr(base + address(page))}/>"
        f'<content type="text">{_text(event.headline or title(event))}</content></entry>'
    )


def _text(words: str) -> str:
    # One character that XML 1.0 has not would make every reader refuse the whole feed.
    return escape(_NOT_IN_XML.sub("\ufffd", words))
