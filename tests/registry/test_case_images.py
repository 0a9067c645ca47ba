from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from build import write
from cuebook import check
from cuebook.core.canonical import digest_bytes
from cuebook.core.files import Folder
from cuebook.core.images import LARGEST, image
from cuebook.gate.prepared import filled
from cuebook.registry import case_images
from cuebook.registry.reader import Registry
from cuebook.shapes.run import ModelCall

PNG = b"\x89PNG\r\n\x1a\n"
SEE = """\
message: See
model: offline/rules
messages: [{role: user, content: [{type: text, text: "{{q}}"}, {type: image, image: photo}]}]
"""


def registry(root: Path, photo: Any, **files: bytes) -> Registry:
    case = {"id": "a", "inputs": {"q": "What?", "photo": photo}, "expectations": {"answer": "yes"}}
    write(
        root,
        {
            "prompts/see/v1.prompt.yml": SEE,
            "prompts/see/meta.yml": "title: See\n",
            "prompts/see/aliases.yml": "production: 1\n",
            "evals/see/suite.yml": "prompt: see\nscorers: [exact]\ngate: {metrics: {exact: {margin: 0.9}}}\n",
            "evals/see/dataset.jsonl": json.dumps(case) + "\n",
        },
    )
    for name, data in files.items():
        path = root / "evals/see/photos" / name.replace("_", ".")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    return Registry(Folder(root))


def refusals(root: Path) -> list[str]:
    return [item.message for item in check.check(Folder(root)) if item.severity == "error"]


def test_an_image_of_a_case_is_sent_and_part_of_its_digest(tmp_path: Path) -> None:
    found = registry(tmp_path, {"file": "photos/a.png"}, a_png=PNG)
    [case] = found.suite("see").cases
    assert case.inputs["photo"] == {"file": "photos/a.png"}
    assert case.files == {"photos/a.png": digest_bytes(PNG)}
    assert case.values["photo"] == image(PNG)
    messages = filled(found.version("see", 1), case.values)
    assert messages[0]["content"][1] == {"type": "image_url", "image_url": {"url": image(PNG)}}
    assert refusals(tmp_path) == []
    (tmp_path / "evals/see/photos/a.png").write_bytes(PNG + b"x")
    again = Registry(Folder(tmp_path)).suite("see")
    assert again.cases[0].digest != case.digest
    assert again.dataset_digest != found.suite("see").dataset_digest
    other = filled(found.version("see", 1), again.cases[0].values)
    assert (
        ModelCall.of(found.version("see", 1), other).key
        != ModelCall.of(found.version("see", 1), messages).key
    )


def test_a_case_without_an_image_keeps_its_digest(tmp_path: Path) -> None:
    [case] = registry(tmp_path, {"file": "notes.txt"}).suite("see").cases
    assert (case.files, case.images, case.values) == ({}, {}, case.inputs)


def test_a_data_url_is_an_image_of_a_case_too(tmp_path: Path) -> None:
    registry(tmp_path, image(PNG))
    assert refusals(tmp_path) == []


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        ({"file": "photos/b.png"}, "inputs.photo: there is no file evals/see/photos/b.png"),
        (
            {"file": "../see/photos/a.png"},
            "inputs.photo: '../see/photos/a.png' is not a path below evals/see",
        ),
        ({"file": "/etc/passwd"}, "inputs.photo: '/etc/passwd' is not a path below"),
        ({"file": "photos//a.png"}, "is not a path below"),
        ({"file": ""}, "is not a path below"),
        ({"file": "photos/text.png"}, "evals/see/photos/text.png is not a PNG, JPEG, WebP or GIF image"),
        ({"file": "photos/large.png"}, "is larger than 5,242,880 bytes"),
        ({"file": "photos/link.png"}, "is a symbolic link, which is not followed"),
        ({"file": "photos/a.png", "more": 1}, "nothing is fetched"),
        ("https://example.com/a.png", "nothing is fetched"),
    ],
)
def test_what_is_no_image_of_a_case(tmp_path: Path, photo: Any, says: str) -> None:
    large = PNG + b"\0" * LARGEST
    found = registry(tmp_path, photo, a_png=PNG, text_png=b"no", large_png=large)
    (tmp_path / "evals/see/photos/link.png").symlink_to("a.png")
    assert found.suite("see").cases[0].files == {}
    assert any(says in message for message in refusals(tmp_path))


def test_a_file_that_is_no_image_is_told_once_for_all_its_cases(tmp_path: Path) -> None:
    found = registry(tmp_path, {"file": "photos/text.png"}, text_png=b"no")
    path = tmp_path / "evals/see/dataset.jsonl"
    path.write_text("".join(path.read_text().replace('"id": "a"', f'"id": "a{n}"') for n in range(3)))
    told = [item for item in check.check(found.tree) if "text.png" in item.message]
    assert [item.line for item in told] == [1]
    assert told[0].message.endswith("is not a PNG, JPEG, WebP or GIF image, in 2 more cases too")


def test_the_images_of_a_suite_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    registry(tmp_path, {"file": "photos/a.png"}, a_png=PNG)
    monkeypatch.setattr(case_images, "LARGEST_SUITE", 7)
    assert any("the images of the suite have over 8 bytes" in message for message in refusals(tmp_path))


def test_labels_of_a_judge_that_looks_at_images_have_theirs(tmp_path: Path) -> None:
    line = {"id": "k", "inputs": {"answer": "A cat.", "photo": {"file": "a.png"}}, "label": 5}
    write(tmp_path, {"evals/grader/labels.jsonl": json.dumps(line) + "\n", "evals/grader/a.png": PNG})
    (case,) = Registry(Folder(tmp_path)).labels("grader").cases
    assert case.images == {"photo": image(PNG)}
    assert case.files == {"a.png": digest_bytes(PNG)}
