"""Check images and write them as data URLs, as they are sent. Nothing is ever fetched.

Standard library only: the runtime client needs it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from os import PathLike
from typing import Any

from cuebook.core.errors import RenderError

LARGEST = 5 * 1024 * 1024
"""Bytes of one image; providers take about as much."""
IMAGE = "image"
"""The type of an input that is an image, and of a part of a message."""
_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
KINDS = ("image/png", "image/jpeg", "image/webp", "image/gif")
"""Media types that every provider of images takes."""


def media_type(data: bytes) -> str:
    """Return the media type of an image by its first bytes; empty for any that providers do not take."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for first, kind in _BEGINNINGS if data.startswith(first)), "")


def image(source: str | PathLike[str] | bytes) -> str:
    """Return the data URL of an image, given as a path or bytes: a value for an input of the type ``image``.

    PNG, JPEG, WebP and GIF of up to 5 MiB. Raises RenderError for any other, and where a file cannot be read.
    """
    data = source if isinstance(source, bytes) else _read(source)
    if problem := problem_of(data):
        what = "these bytes are" if isinstance(source, bytes) else f"{source} is"
        raise RenderError(f"{what} {problem}")
    return as_url(data)


def as_url(data: bytes) -> str:
    """The data URL of bytes that are an image."""
    from base64 import b64encode

    return f"data:{media_type(data)};base64,{b64encode(data).decode()}"


def _read(path: str | PathLike[str]) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise RenderError(f"{path} cannot be read: {error.strerror}") from None


def problem_of(data: bytes) -> str:
    """Return why bytes cannot be sent as an image (``no PNG ...``); empty where they can."""
    if len(data) > LARGEST:
        return f"larger than {LARGEST:,} bytes, which is the limit of an image"
    return "" if media_type(data) else "not a PNG, JPEG, WebP or GIF image"


def url_problem(url: Any) -> str:
    """Return why a value is not a data URL of an image; empty where it is."""
    if not isinstance(url, str) or not url.startswith("data:"):
        return "an image is a data: URL or an input: nothing is fetched"
    head, comma, text = url.partition(",")
    kind, _, form = head.removeprefix("data:").partition(";")
    if not comma or form != "base64" or kind not in KINDS:
        return f"the data: URL does not begin with data:{KINDS[0]};base64, or another of {', '.join(KINDS)}"
    # Base64 writes four characters for three bytes, and up to two for padding: no need to decode more.
    if len(text) > LARGEST // 3 * 4 + 8:
        return f"the image is larger than {LARGEST:,} bytes"
    data = _decoded(text)
    if data is None:
        return "what follows the comma of the data: URL is not base64"
    if problem := problem_of(data):
        return f"the image is {problem}"
    found = media_type(data)
    return "" if found == kind else f"the data: URL says {kind}, but the image is {found}"


def fetched(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[int, int, str]]:
    """Yield each part of messages that somebody would have to fetch or look up.

    Yields the indexes of its message and of the part, and what is wrong. An app may send such parts to its
    own provider; we never do: an address in a case would be asked for beside the key.
    """
    for index, message in enumerate(messages):
        content = message.get("content")
        for at, part in enumerate(content if isinstance(content, (list, tuple)) else ()):
            if problem := _part_problem(part):
                yield index, at, problem


def _part_problem(part: Mapping[str, Any]) -> str:
    kind, inner = part.get("type"), part.get("image_url")
    if part.keys() == {"type", "text"} and kind == "text" and isinstance(part["text"], str):
        return ""
    if part.keys() == {"type", "image_url"} and kind == "image_url" and isinstance(inner, Mapping):
        return url_problem(inner.get("url"))
    keys = ", ".join(map(str, part))[:80]
    return f"a part is a text or an image_url, but this has the keys {keys}: nothing is fetched or looked up"


def _decoded(text: str) -> bytes | None:
    from base64 import b64decode

    try:
        return b64decode(text, validate=True)
    except ValueError:
        return None


def image_line(url: str) -> str:
    """An image in a few words, to be read and compared: ``[image/png, 34 kB, sha256:1f0c...]``."""
    found = facts(url)
    return f"[{image_named('', *found)}]" if found else f"[image {url[:80]}]"


def facts(url: Any) -> tuple[str, int, str] | None:
    """Media type, bytes and digest of the image in a data URL; None for anything else."""
    if url_problem(url):
        return None
    from cuebook.core.canonical import digest_bytes

    kind, _, text = url.removeprefix("data:").partition(";base64,")
    data = _decoded(text) or b""
    return kind, len(data), digest_bytes(data)


def image_named(file: str, kind: str, size: int, digest: str) -> str:
    """Return an image in words: ``photos/a.jpg, image/jpeg, 34 kB, sha256:1f0c...``."""
    words = f"{kind}, {max(1, round(size / 1000)):,} kB, {digest[:19]}"
    return f"{file}, {words}" if file else words


def set_apart(messages: Sequence[Mapping[str, Any]]) -> tuple[tuple[Mapping[str, Any], ...], dict[str, str]]:
    """Messages as they are sent, with a digest in place of each data URL, and the data URLs by digest."""
    from cuebook.core.canonical import digest_bytes

    kept: dict[str, str] = {}

    def name_of(url: str) -> str:
        if not url.startswith("data:"):
            return url
        name = digest_bytes(url.encode())
        kept[name] = url
        return name

    return tuple(_with_urls(messages, name_of)), kept


def put_back(messages: Sequence[Mapping[str, Any]], kept: Mapping[str, str]) -> list[dict[str, Any]]:
    """Messages with their data URLs again, as ``set_apart`` kept them."""
    return list(_with_urls(messages, lambda url: kept.get(url, url)))


def _with_urls(messages: Sequence[Mapping[str, Any]], change: Any) -> Iterator[dict[str, Any]]:
    for message in messages:
        content = message.get("content")
        if isinstance(content, (list, tuple)):
            yield {**message, "content": [_part(part, change) for part in content]}
        else:
            yield dict(message)


def _part(part: Mapping[str, Any], change: Any) -> Mapping[str, Any]:
    inner = part.get("image_url")
    if not isinstance(inner, Mapping) or not isinstance(inner.get("url"), str):
        return part
    return {**part, "image_url": {**inner, "url": change(inner["url"])}}
