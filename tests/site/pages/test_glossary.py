from __future__ import annotations

import html
import re

from cuebook.shapes.judge_state import JudgeState
from cuebook.site.pages import Site, all_pages, glossary
from cuebook.site.pages._judges import judges_of
from cuebook.wording.glossary import GLOSSARY
from fixtures.reading import read
from fixtures.site_catalog import catalog, verdict

SAID = re.compile(r'<abbr title="([^"]*)">')


ELSEWHERE = {"calibration"}
"""A word of the terminal and the guides alone."""
JUDGED = {"advisory judge", "judge", "kappa", "known-bad answer", "labels", "order flips", "share shown"}
"""Words about judges, which this registry has none of."""
RARE = {"app", "both wrong", "cluster", "contains", "mixed", "void judge"}


def test_every_word_is_on_the_page_with_its_meaning() -> None:
    (page,) = glossary.pages(Site(catalog()))
    document = read(page.body)
    words = [item.text for item in document.find("dt")]
    meanings = [item.text for item in document.find("dd")]
    assert words == list(GLOSSARY)
    assert [text.lower() for text in meanings] == [f"{text.lower()}." for text in GLOSSARY.values()]


def test_pages_explain_a_word_once_and_as_the_glossary_does() -> None:
    explained = set()
    for page in all_pages(Site(catalog())):
        titles = [html.unescape(title) for title in SAID.findall(page.body)]
        assert len(titles) == len(set(titles)), page.path
        for title in titles:
            word, _, meaning = title.partition(": ")
            assert GLOSSARY[word] == meaning
            explained.add(word)
    assert set(GLOSSARY) - explained <= ELSEWHERE | JUDGED | RARE


def test_words_about_judges_are_explained_where_a_judge_took_part() -> None:
    found = [judge("judge-a/1", advisory=True), judge("judge-b/1", void=True)]
    made = verdict("one", 2, "inconclusive").model_copy(update={"judges": found})
    shown = html.unescape(judges_of(made))
    explained = {title.partition(": ")[0] for title in SAID.findall(shown)}
    assert explained == JUDGED - {"judge"} | {"void judge"}


def judge(ref: str, **changes: bool) -> JudgeState:
    needed = {name: None for name, field in JudgeState.model_fields.items() if field.is_required()}
    facts = {"ref": ref, "model": "m", "decides": True, "labels": 9, "void": False, "advisory": False}
    return JudgeState.model_construct(**{**needed, **facts, **changes})
