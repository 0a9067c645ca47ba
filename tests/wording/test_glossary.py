from __future__ import annotations

from cuebook.wording.glossary import GLOSSARY


def test_each_term_has_one_short_meaning_that_does_not_use_the_term() -> None:
    assert list(GLOSSARY) == sorted(GLOSSARY, key=str.casefold)
    for term, meaning in GLOSSARY.items():
        assert 10 <= len(meaning) <= 100, term
        assert not meaning.endswith("."), term
        assert term not in meaning.split(), term
