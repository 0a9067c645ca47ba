"""What a repository's guides may be: Markdown and pictures, never anything that a browser would run."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

FOLDER = "site/guides"
PAGE = ".md"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")

# A document type may define entities, which make text of nothing; a style sheet may be a program.
_DECLARED = re.compile(r"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", re.IGNORECASE)
_ENCODED = re.compile(r"^\ufeff?\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener"}
_MOVING = {"animate", "animatemotion", "animatetransform", "set"}
_WITHIN = re.compile(r"#|data:image/(png|jpeg|gif|webp);", re.IGNORECASE)


def guide_problem(path: str, data: bytes) -> tuple[str, str] | None:
    """Return why a file cannot be published with the guides, and what to do; None when it can."""
    name = path.casefold()
    if name.endswith(".svg"):
        what = _svg_problem(data)
        return (what, "export it as plain SVG, or use a PNG") if what else None
    if name.endswith((PAGE, *PICTURES)):
        return None
    kinds = ", ".join((PAGE, *PICTURES))
    return "a guide is text and pictures; this kind of file is not published", f"known kinds: {kinds}"


def _svg_problem(data: bytes) -> str | None:
    """Why a browser may run something in a picture. It is XML, so that it is read as browsers read it."""
    try:
        text = data.decode()
        if _DECLARED.search(text) or _ENCODED.search(text):
            return "the picture declares entities, a style sheet or another encoding"
        root = ET.fromstring(text)  # noqa: S314  nothing is declared in it: see above
    except (UnicodeDecodeError, ET.ParseError):
        return "the picture is not well-formed XML in UTF-8"
    for element in root.iter():
        tag = _local(element.tag)
        if tag in _ACTIVE:
            return f"the picture has a <{tag}>"
        for key, value in element.attrib.items():
            name = _local(key)
            if name.startswith("on") or (tag in _MOVING and name == "attributename" and _acts(value)):
                return f"the picture has the attribute {name} on <{tag}>"
            if name in {"href", "src"} and not _WITHIN.match(value.strip()):
                return f"the picture refers to {value[:60]!r}"
    return None


def _acts(attribute: str) -> bool:
    return _local(attribute.strip()).rpartition(":")[2].startswith(("on", "href"))


def _local(name: object) -> str:
    """A name without its namespace, in lower case; comments have no name."""
    return name.rpartition("}")[2].casefold() if isinstance(name, str) else ""
