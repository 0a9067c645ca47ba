"""Replies of real providers, as they look on the wire, where a folder of them is at hand."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from cuebook.core.errors import Aborted, CaseFailed, ModelError, Retryable
from cuebook.models import price_of, variable_of
from cuebook.models._catalog import names
from cuebook.models._failures import complaint, failure, is_filtered
from cuebook.models._wire import read_reply
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply
from cuebook.shapes.settings_format import Price

SHARED = os.environ.get("CUEBOOK_SHARED_DATA", "")
CASES = sorted((Path(SHARED).parent / "cases/wire").glob("*.json")) if SHARED else []
KINDS = {"aborted": Aborted, "case_failed": CaseFailed, "retryable": Retryable, "reply": ModelReply}


@pytest.mark.skipif(bool(CASES), reason="they are there")
def test_the_cases_are_at_hand() -> None:
    pytest.skip("CUEBOOK_SHARED_DATA names no replies: real replies were NOT checked")


def read(case: dict[str, Any]) -> ModelReply | ModelError:
    model, data, config = case["asked"], json.dumps(case["body"]).encode(), Settings()
    own = case["expect"].get("price")
    price = (lambda _: Price(**own, as_of="2026-11-29")) if own else partial(price_of, model, config)
    found = complaint(data)
    if is_filtered(case["status"], found):
        return ModelReply("", model, finish="content_filter")
    try:
        if case["status"] == 200:
            return read_reply(data, ModelCall(model, ({"role": "user", "content": "x"},)), price, 0.0)
    except ModelError as error:
        return error
    key, known = variable_of(model, config) or "", names(model.partition("/")[0])
    return failure(case["status"], found, case["headers"], model=model, key_name=key, known=known)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_a_reply_is_read_as_what_it_is(path: Path) -> None:
    case = json.loads(path.read_bytes())
    wanted, got = case["expect"], read(case)
    assert isinstance(got, KINDS[wanted["kind"]])
    if isinstance(got, ModelReply):
        if "refusal" in wanted:  # its words are shown, and the way it ended says what they are
            wanted |= {"text": wanted["refusal"], "finish": "refusal"}
        assert got.text == wanted.get("text", got.text)
        assert got.finish == wanted.get("finish", got.finish)
        for name in ("input_tokens", "output_tokens", "cost_usd"):
            assert getattr(got.usage, name) == pytest.approx(wanted.get(name, getattr(got.usage, name)))
        return
    assert wanted.get("says", "") in got.message
    assert wanted.get("cure", "") in got.hint
    assert "hides" not in wanted or wanted["hides"] not in got.message
    if isinstance(got, Retryable):
        assert got.throttled is wanted.get("throttled", got.throttled)
        assert got.after == wanted.get("after", got.after)
