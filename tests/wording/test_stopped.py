from __future__ import annotations

from cuebook.core.errors import Aborted, CuebookError
from cuebook.shapes.cause import Nothing
from cuebook.wording.stopped import NotEvaluated, cause_of

NO_KEY = Nothing(code="no_key", prompt="qa", version=3, suite="qa", model="m", key="K", cure="export K=...")


def test_the_error_has_its_fields_and_what_repairs_it_apart_from_the_sentence() -> None:
    error = NotEvaluated(NO_KEY)
    assert error.message == "qa/3 on qa: Not evaluated: m needs a key, and K is not set. No call was made."
    assert (error.hint, error.cause, cause_of(error)) == ("export K=...", "no_key", NO_KEY)
    assert NotEvaluated(NO_KEY, "more").message == "more"


def test_an_error_in_words_of_others_keeps_them_beside_its_code() -> None:
    wrong = cause_of(Aborted("refused", "export K=...", cause="wrong_key"))
    assert wrong == Nothing(code="wrong_key", words="refused", cure="export K=...")
    assert NotEvaluated(wrong).cause == "wrong_key"
    # Without its fields the sentence of the code would have gaps.
    assert cause_of(Aborted("needs a key", cause="no_key")).code == "stopped"
    assert cause_of(CuebookError("broken")) == Nothing(code="stopped", words="broken")
