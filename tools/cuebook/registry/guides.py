"""What a repository's guides may be: Markdown and pictures, never anything that a browser would run."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from cuebook.core.errors import Problem
from cuebook.wording.tree_files import tree_problem

FOLDER = "site/guides"
PAGE = ".md"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".svg")

# A document type may define entities, which make text of nothing; a style sheet may be a program.
_DECLARED = re.compile(r"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", re.IGNORECASE)
_ENCODED = re.compile(r"^\ufeff?\s*<\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"'])", re.IGNORECASE)
_ACTIVE = {"script", "foreignobject", "iframe", "object", "embed", "audio", "video", "handler", "listener"}
_MOVING = {"animate", "animatemotion", "animatetransform", "set"}
_WITHIN = re.compile(r"#|data:image/(png|jpeg|gif|webp);", re.IGNORECASE)


def guide_problem(path: str, data: bytes) -> Problem | None:
    """Return why a file cannot be published with the guides; None when it can."""
    name = path.casefold()
    if name.endswith(".svg"):
        return _svg_problem(path, data)
    if name.endswith((PAGE, *PICTURES)):
        return None
    return tree_problem("guide_kind", path, kinds=", ".join((PAGE, *PICTURES)))


def _svg_problem(path: str, data: bytes) -> Problem | None:
    """Why a browser may run something in a picture. It is XML, so that it is read as browsers read it."""
    try:
        text = data.decode()
        if _DECLARED.search(text) or _ENCODED.search(text):
            return tree_problem("picture_declares", path)
        root = ET.fromstring(text)  # noqa: S314  nothing is declared in it: see above
    except (UnicodeDecodeError, ET.ParseError):
        return tree_problem("picture_no_xml", path)
    for element in root.iter():
        tag = _local(element.tag)
        if tag in _ACTIVE:
            return tree_problem("picture_element", path, tag=tag)
        for key, value in element.attrib.items():
            name = _local(key)
            if name.startswith("on") or (tag in _MOVING and name == "attributename" and _acts(value)):
                return tree_problem("picture_attribute", path, name=name, tag=tag)
            if name in {"href", "src"} and not _WITHIN.match(value.strip()):
                return tree_problem("picture_refers", path, value=value[:60])
    return None


def _acts(attribute: str) -> bool:
    return _local(attribute.strip()).rpartition(":")[2].startswith(("on", "href"))


def _local(name: object) -> str:
    """A name without its namespace, in lower case; comments have no name."""
    return name.rpartition("}")[2].casefold() if isinstance(name, str) else ""
