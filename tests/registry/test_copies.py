from __future__ import annotations

from pathlib import Path

from build import case, comparison, suite, version, write
from cuebook.core.files import Folder
from cuebook.core.images import image
from cuebook.gate.plan import compare
from cuebook.registry.copies import clustered, copies, copies_of
from cuebook.registry.reader import Registry
from cuebook.shapes.run import Case


def asks(name: str, question: str, cluster: str | None = None, **more: object) -> Case:
    return Case(name, {"question": question, **more}, {}, (), cluster)


PNG = b"\x89PNG\r\n\x1a\n"
SEEN = frozenset({"question"})


def test_copies_under_other_ids_are_one_cluster() -> None:
    cases = [asks("a", "Why?"), asks("b", " why? "), asks("c", "How?")]
    assert [item.cluster for item in clustered(cases, copies(cases, SEEN))] == ["a", "a", None]


def test_what_nobody_reads_makes_no_other_question() -> None:
    cases = [asks("a", "Why?", salt=1), asks("b", "Why?", salt=2)]
    assert [[item.id for item in group] for group in copies(cases, SEEN)] == [["a", "b"]]
    assert copies(cases, {"question", "salt"}) == []


def test_an_image_under_another_name_or_as_a_data_url_is_the_same_image() -> None:
    photos = {"a": image(PNG), "b": image(PNG), "c": image(PNG + b"x")}
    cases = [
        Case(name, {"question": {"file": f"{name}.png"}}, images={"question": url})
        for name, url in photos.items()
    ]
    cases.append(asks("d", image(PNG)))
    assert [[item.id for item in group] for group in copies(cases, SEEN)] == [["a", "b", "d"]]


def test_copies_are_looked_for_once_for_each_set_of_inputs() -> None:
    of = suite([asks("a", "Why?", salt=1), asks("b", "Why?", salt=2)])
    assert copies_of(of, SEEN) is copies_of(of, frozenset(SEEN))
    assert copies_of(of, SEEN) != copies_of(of, SEEN | {"salt"}) == []


def test_a_copy_joins_the_clusters_that_it_has_copies_in() -> None:
    cases = [
        asks("a", "Why?", "doc-1"),
        asks("b", "How?", "doc-1"),
        asks("c", "why?", "doc-2"),
        asks("d", "Who?", "doc-2"),
        asks("e", "WHO?"),
        asks("f", "When?"),
    ]
    assert [item.cluster for item in clustered(cases, copies(cases, SEEN))] == ["doc-1"] * 5 + [None]


def test_copies_count_once_in_what_is_planned(tmp_path: Path) -> None:
    head = Registry(Folder(write(tmp_path, {"prompts/qa/aliases.yml": "production: 1\n"})))
    many = [case(1), *(asks(f"z-{number}", "case-001") for number in range(600)), case(2)]
    found = compare(head, suite(many), version(2), version(1), "on record")
    assert len(found.cases) == 602
    assert found.planned("exact") == 2 == comparison(suite([case(1), case(2)])).planned("exact")


def test_dialogues_are_copies_where_all_turns_and_results_are() -> None:
    def talk(name: str, text: str, result: object = 1, **turn: object) -> Case:
        said = ({"user": text, **turn}, {"inputs": {"question": "Why?", "salt": name}})
        return Case(name, {}, turns=said, tools={"look": [{"result": result}]})

    cases = [talk("a", "Hello"), talk("b", "hello ", expectations={"answer": "x"}), talk("c", "Bye")]
    groups = copies([*cases, talk("d", "Hello", result=2)], SEEN)
    assert [[item.id for item in group] for group in groups] == [["a", "b"]]
