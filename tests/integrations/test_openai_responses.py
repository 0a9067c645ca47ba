from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from cuebook.core.errors import RenderError, UsageError
from cuebook.integrations.openai_responses import to_openai_responses
from framework_prompts import DESK, GREET, HISTORY, PHOTO, prompt
from listening import ReadyServer

SCHEMA = {"name": "answer", "schema": {"type": "object"}, "strict": True}


@pytest.fixture
def server() -> Iterator[tuple[str, list[Any]]]:
    """A loopback address for the SDK, and the bodies it sends there."""
    import json

    bodies: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            bodies.append((self.path, json.loads(self.rfile.read(int(self.headers["Content-Length"])))))
            data = json.dumps({"id": "r", "object": "response", "output": [], "tools": []}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            pass

    running = ReadyServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/v1", bodies
    running.shutdown()
    running.server_close()


def test_the_sdk_sends_what_the_version_says(server: tuple[str, list[Any]]) -> None:
    openai = pytest.importorskip("openai", reason="openai is missing: skipped")
    address, bodies = server
    made = to_openai_responses(prompt(**DESK), status="{{photo}} open", history=HISTORY, photo=PHOTO)
    with openai.OpenAI(base_url=address, api_key="x", max_retries=0) as client:
        client.responses.create(**made)
    ((path, body),) = bodies
    assert path == "/v1/responses"
    assert body == {
        "model": "gpt-6-luna",
        "max_output_tokens": 9,
        "temperature": 0.5,
        "reasoning": {"effort": "low"},
        "text": {"format": {"type": "json_schema", **SCHEMA}, "verbosity": "low"},
        "parallel_tool_calls": False,
        "tools": [
            {"type": "function", "strict": False, "name": "look", "parameters": {"type": "object"}},
        ],
        "tool_choice": {"type": "function", "name": "look"},
        "input": [
            {"role": "developer", "content": "Look it up."},
            {"type": "function_call", "call_id": "c1", "name": "look", "arguments": '{"id":7}'},
            {"type": "function_call_output", "call_id": "c1", "output": "{{photo}} open"},
            {"role": "user", "content": "Hi {{status}}"},
            {"role": "assistant", "content": "Hello."},
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "See {{photo}} open"},
                    {"type": "input_image", "image_url": PHOTO, "detail": "low"},
                ],
            },
        ],
    }


def test_a_text_prompt_is_one_message() -> None:
    made = to_openai_responses(prompt(**GREET), name="Ada")
    assert made == {"model": "gpt-6-luna", "input": [{"role": "user", "content": "Hello Ada"}]}
    with pytest.raises(RenderError, match="'name' is missing"):
        to_openai_responses(prompt(**GREET))


@pytest.mark.parametrize("name", ["seed", "stop", "frequencyPenalty"])
def test_what_has_no_place_is_refused(name: str) -> None:
    value: Any = ["x"] if name == "stop" else 1
    with pytest.raises(UsageError, match=f"qa/1 sets {name[:4]}.*, for which the Responses API has no place"):
        to_openai_responses(prompt(**GREET, modelParameters={name: value}), name="Ada")


def test_a_key_of_a_message_that_has_no_place_is_refused() -> None:
    history = [{"role": "user", "content": "Hi", "name": "ada"}]
    with pytest.raises(UsageError, match=r"messages\[3\] has name, for which"):
        to_openai_responses(prompt(**DESK), status="open", history=history, photo=PHOTO)


def test_what_only_a_provider_knows_goes_along() -> None:
    made = to_openai_responses(
        prompt(**GREET, model="openrouter/a/b", modelParameters={"topK": 3}), name="Ada"
    )
    assert made["extra_body"] == {"provider": {"require_parameters": True}, "top_k": 3}
