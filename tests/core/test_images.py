from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

import build
import cuebook
from cuebook.core.errors import CaseFailed, RenderError
from cuebook.core.images import (
    LARGEST,
    fetched,
    image,
    image_line,
    media_type,
    put_back,
    set_apart,
    url_problem,
)
from cuebook.models import _wire
from cuebook.shapes.run import ModelCall

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
URL = f"data:image/png;base64,{b64encode(PNG).decode()}"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"GIF89a", "image/gif"),
        (b"GIF87a", "image/gif"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"<svg>", ""),
        (b"", ""),
    ],
)
def test_an_image_is_known_by_its_first_bytes(data: bytes, kind: str) -> None:
    assert media_type(data) == kind


def test_a_data_url_of_a_file_or_of_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(PNG)  # what its name says does not count
    assert cuebook.image(tmp_path / "a.jpg") == cuebook.image(str(tmp_path / "a.jpg")) == image(PNG) == URL
    assert url_problem(URL) == ""


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b"no image", "these bytes are not a PNG, JPEG, WebP or GIF image"),
        (PNG + b"\0" * LARGEST, "larger than 5,242,880 bytes"),
        ("/nowhere/at.png", "/nowhere/at.png cannot be read: No such file"),
    ],
)
def test_what_is_no_image(source: Any, says: str) -> None:
    with pytest.raises(RenderError) as caught:
        image(source)
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://example.com/a.png", "nothing is fetched"),
        (None, "nothing is fetched"),
        ("data:text/html;base64,PGI+", "does not begin with data:image/png;base64"),
        ("data:image/svg+xml;base64,PHN2Zz4=", "does not begin with"),
        ("data:image/png,abc", "does not begin with"),
        ("data:image/png;base64,%%%", "is not base64"),
        ("data:image/png;base64,PGI+", "the image is not a PNG, JPEG, WebP or GIF image"),
        (URL.replace("png", "gif", 1), "says image/gif, but the image is image/png"),
        ("data:image/png;base64," + "A" * (LARGEST * 2), "larger than 5,242,880 bytes"),
    ],
)
def test_what_is_no_data_url_of_an_image(url: Any, says: str) -> None:
    assert says in url_problem(url)


def test_an_image_in_a_few_words() -> None:
    assert image_line(URL).startswith("[image/png, 1 kB, sha256:")
    assert image_line("https://x/y") == "[image https://x/y]"


def test_a_call_keeps_images_out_of_its_key_and_sends_them() -> None:
    part = {"type": "image_url", "image_url": {"url": URL, "detail": "low"}}
    messages = [{"role": "user", "content": [{"type": "text", "text": "What?"}, part]}]
    call = ModelCall.of(build.version(), messages)
    assert URL not in str(call.messages)
    assert list(call.images.values()) == [URL]
    assert _wire.chat(call) == messages
    another = {"type": "image_url", "image_url": {"url": image(PNG + b"x"), "detail": "low"}}
    other = ModelCall.of(build.version(), [{"role": "user", "content": [messages[0]["content"][0], another]}])
    assert other.key != call.key
    assert ModelCall.of(build.version(), messages).key == call.key
    web = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "https://x/y"}}]}]
    apart, kept = set_apart(web)
    assert (list(apart), kept) == (web, {})
    assert put_back(apart, kept) == web


@pytest.mark.parametrize(
    ("part", "says"),
    [
        ({"type": "image_url", "image_url": {"url": URL}}, ""),
        ({"type": "text", "text": "file:///etc/passwd"}, ""),
        ({"type": "image_url", "image_url": {"url": "https://127.0.0.1/a.png"}}, "nothing is fetched"),
        ({"type": "image_url", "image_url": {"url": "file:///proc/self/environ"}}, "nothing is fetched"),
        ({"type": "image_url", "image_url": "https://127.0.0.1/a.png"}, "nothing is fetched"),
        ({"type": "image_url", "image_url": {"url": f"sha256:{0:064}"}}, "nothing is fetched"),
        ({"type": "image_url", "image_url": {}}, "nothing is fetched"),
        ({"type": "file", "file": {"file_id": "file-1"}}, "keys type, file:"),
        ({"type": "text", "text": "", "image_url": {"url": "https://a/b"}}, "keys type, text, image_url"),
        ({"type": "text"}, "keys type:"),
        ({"type": "input_audio"}, "keys type:"),
        ({"image": "photo"}, "keys image:"),
    ],
)
def test_a_part_that_somebody_would_have_to_fetch_is_never_sent(part: dict[str, Any], says: str) -> None:
    messages = [{"role": "user", "content": "a"}, {"role": "user", "content": [part]}]
    call = ModelCall.of(build.version(), messages)
    if not says:
        assert (list(fetched(messages)), _wire.chat(call)) == ([], messages)
        return
    ((index, at, problem),) = fetched(messages)
    assert (index, at, says in problem) == (1, 0, True)
    with pytest.raises(CaseFailed, match="message 1, part 0: "):
        _wire.chat(call)
