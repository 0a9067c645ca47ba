from __future__ import annotations

from typing import Any

import pytest

from build import version
from cuebook.core.errors import RenderError
from cuebook.core.messages import fill, texts
from cuebook.gate.prepared import filled
from cuebook.judging.ask import call_for
from cuebook.publish.artifacts import artifact
from cuebook.registry.reader import Version

CHAT = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "Q: {{question}}"})
TEXT, TALK = version(1, "Q: {{question}}"), version(2, messages=CHAT, template=None)


def test_the_texts_of_a_prompt_are_its_messages_or_its_template() -> None:
    assert texts(TEXT.behaviour) == ["Q: {{question}}"]
    assert texts(TALK.behaviour) == ["Be brief.", "Q: {{question}}"]


@pytest.mark.parametrize(("of", "roles"), [(TEXT, ["user"]), (TALK, ["system", "user"])])
def test_gate_judge_and_app_send_the_same_messages(of: Version, roles: list[str]) -> None:
    values = {"question": "why {{x}}?"}
    sent = fill(of.behaviour, values)
    assert [item["role"] for item in sent] == roles
    assert sent[-1]["content"] == "Q: why {{x}}?"
    assert list(filled(of, values)) == list(call_for(of, values).messages) == sent
    assert fill(artifact(of).model_dump(mode="json", by_alias=True), values) == sent


@pytest.mark.parametrize("values", [{}, {"question": "x", "other": "y"}, {"question": []}])
def test_values_that_do_not_fit_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(RenderError):
        fill(TEXT.behaviour, values)
