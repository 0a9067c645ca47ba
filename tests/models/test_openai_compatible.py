from __future__ import annotations

import asyncio
import json
import logging
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from cuebook.core import wire
from cuebook.core.errors import Aborted, CaseFailed, ModelError, Retryable
from cuebook.models import _http, connect
from cuebook.models._http import MAX_REPLY, mistrust
from cuebook.registry.settings import Settings
from cuebook.shapes.run import ModelCall, ModelReply, Usage
from cuebook.shapes.settings_format import Endpoint, Price
from loopback import Fault, Loopback, error

HELLO = ({"role": "system", "content": "Be brief."}, {"role": "user", "content": "hello there"})
KEY = "sk-live-0123456789abcdef"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def config(server: Loopback | str, *, key: str | None = None, **more: Any) -> Settings:
    url = server if isinstance(server, str) else server.url
    return Settings(endpoints={"local": Endpoint(base_url=url, api_key_env=key)}, **more)


def ask(settings: Settings, call: ModelCall | None = None) -> ModelReply:
    async def one() -> ModelReply:
        client = connect("openai_compatible", settings)
        try:
            return await client.complete(call or ModelCall("local/gpt-x", HELLO))
        finally:
            await client.close()
            await client.close()

    return asyncio.run(one())


def refused(settings: Settings, call: ModelCall | None = None) -> ModelError:
    with pytest.raises(ModelError) as caught:
        ask(settings, call)
    return caught.value


def test_a_call_goes_out_and_its_reply_comes_back() -> None:
    with Loopback() as server:
        reply = ask(config(server), ModelCall("local/meta/gpt-x", HELLO, {"maxTokens": 9, "topP": 0.5}))
    assert server.requests == [
        {"model": "meta/gpt-x", "messages": list(HELLO), "max_tokens": 9, "top_p": 0.5}
    ]
    assert reply.text == "hello there"
    assert reply.served_model == "meta/gpt-x-2026-01-01"
    assert reply.usage == Usage(4, 2, None)
    assert reply.seconds > 0
    assert "authorization" not in server.headers[0]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Loopback], None]:
    """Put a server of this machine in the place of a provider of the table."""

    def put(name: str, server: Loopback) -> None:
        rows = {name: wire.providers()[name]._replace(url=server.url)}
        monkeypatch.setattr(_http, "providers", lambda: rows)

    return put


@pytest.mark.parametrize("name", sorted(wire.providers()))
def test_a_well_known_provider_needs_no_settings(
    name: str, provider: Callable[[str, Loopback], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    row = wire.providers()[name]
    for key in row.keys[-1:]:  # the last of several does as well as the first
        monkeypatch.setenv(key, KEY)
    prompt = {"modelParameters": {"maxTokens": 9}, "responseFormat": "text", "jsonSchema": None}
    with Loopback() as server:
        provider(name, server)
        ask(Settings(), ModelCall(f"{name}/vendor/m-1", HELLO, {"maxTokens": 9}))
    sent = {"model": "vendor/m-1", "messages": list(HELLO)} | wire.sent(prompt, row)
    assert server.requests == [sent]
    assert server.headers[0].get("authorization") == (f"Bearer {KEY}" if row.keys else None)


def test_without_its_key_a_provider_is_not_called(provider: Callable[[str, Loopback], None]) -> None:
    with Loopback() as server:
        provider("groq", server)
        error = refused(Settings(), ModelCall("groq/m", HELLO))
    assert "GROQ_API_KEY" in error.message
    assert server.requests == []


def test_what_a_provider_does_not_take_is_not_sent(provider: Callable[[str, Loopback], None]) -> None:
    with Loopback() as server:
        provider("lm_studio", server)
        error = refused(Settings(), ModelCall("lm_studio/m", HELLO, {"verbosity": "low"}))
    assert isinstance(error, Aborted)
    assert (error.message, error.hint) == (
        "lm_studio/m: lm_studio takes no verbosity",
        "modelParameters.verbosity: take verbosity out",
    )
    assert server.requests == []


def test_an_endpoint_may_share_the_spellings_of_a_provider() -> None:
    with Loopback() as server:
        url = server.url
        ask(
            Settings(endpoints={"azure": Endpoint(base_url=url, like="mistral")}),
            ModelCall("azure/m", HELLO, {"maxCompletionTokens": 9, "seed": 3}),
        )
    assert server.requests[0] | {"max_tokens": 9, "random_seed": 3} == server.requests[0]


def test_an_endpoint_is_like_a_provider_that_is_there() -> None:
    with pytest.raises(ValueError, match="no provider is called 'opnai'"):
        Endpoint(base_url="http://127.0.0.1:9/v1", like="opnai")


def test_a_schema_is_sent_as_the_format_wants_it() -> None:
    schema = {"name": "grade", "schema": {"type": "object", "properties": {"score": {"type": "integer"}}}}
    with Loopback() as server:
        reply = ask(config(server), ModelCall("local/m", HELLO, {}, "json_schema", schema))
    assert server.requests[0]["response_format"] == {"type": "json_schema", "json_schema": schema}
    assert 1 <= json.loads(reply.text)["score"] <= 5


def test_the_price_of_the_settings_gives_the_cost() -> None:
    price = {"local/m": Price(input=100.0, output=1000.0, as_of="2026-05-01")}
    with Loopback() as server:
        reply = ask(config(server, prices=price), ModelCall("local/m", HELLO))
    assert reply.usage == Usage(4, 2, pytest.approx(0.0024))


def test_the_key_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KEY", KEY + "\n")
    with Loopback(key=KEY) as server:
        assert ask(config(server, key="LOCAL_KEY")).text == "hello there"
    assert server.unauthorised == 0


@pytest.mark.parametrize(
    ("value", "words"),
    [(None, "not set"), ("  ", "not set"), ("a\nb", "characters"), ("schlüssel", "characters")],
)
def test_a_key_that_is_missing_or_malformed_stops_the_run(
    value: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if value is None:
        monkeypatch.delenv("LOCAL_KEY", raising=False)
    else:
        monkeypatch.setenv("LOCAL_KEY", value)
    with Loopback() as server:
        failure = refused(config(server, key="LOCAL_KEY"))
    assert isinstance(failure, Aborted)
    assert words in failure.message
    assert "LOCAL_KEY" in str(failure)
    assert server.calls == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 200])
def test_the_key_shows_nowhere(
    status: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    secret = "correct.horse.battery"  # looks like no provider's key
    monkeypatch.setenv("LOCAL_KEY", secret)
    caplog.set_level(logging.DEBUG)
    said = json.dumps(
        {"error": {"message": f"the key {secret} is wrong", "code": 400 if status == 200 else "x"}}
    )
    with Loopback(faults=[Fault(status=status, body=said)]) as server:
        failure = refused(config(server, key="LOCAL_KEY"))
    shown = "\n".join([str(failure), repr(failure), str(failure.__cause__), caplog.text])
    assert server.headers[0]["authorization"] == f"Bearer {secret}"
    assert secret not in shown


def test_the_key_shows_in_no_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_KEY", KEY)

    async def shown(server: Loopback) -> str:
        client: Any = connect("openai_compatible", config(server, key="LOCAL_KEY"))
        await client.complete(ModelCall("local/m", HELLO))
        await client.close()
        return repr(client) + repr(client._servers) + repr(client._session)

    with Loopback() as server:
        assert KEY not in asyncio.run(shown(server))


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (error(429, retry_after="7"), Retryable, "429"),
        (error(500), Retryable, "500"),
        (Fault(status=502, body="<html>Bad gateway"), Retryable, "a web page"),
        (Fault("hang"), Retryable, "no answer within 0.3 s"),
        (Fault("truncate"), Retryable, "cut off"),
        (Fault("reset"), Retryable, "closed"),
        (Fault(body="<!doctype html>"), Retryable, "a web page"),
        (Fault(body='{"choices": [{"message"'), Retryable, "not JSON"),
        (Fault(body=""), Retryable, "empty"),
        (Fault(body='{"object": "list"}'), Retryable, "answered without choices"),
        (Fault(status=204), Retryable, "empty"),
        (Fault(body="x" * (MAX_REPLY + 1)), CaseFailed, "larger than 8 MiB"),
        (error(400, "context_length_exceeded"), CaseFailed, "400"),
        (error(400, "content_policy_violation"), CaseFailed, "400"),
        (error(400, "unsupported_value", "temperature must be 1"), Aborted, "temperature must be 1"),
        (error(401), Aborted, "401"),
        (error(404, "model_not_found", "no such model"), Aborted, "no such model"),
        (Fault(status=307, headers={"Location": "/v1/chat/completions"}), Aborted, "307"),
    ],
)
def test_faults(fault: Fault, kind: type[ModelError], words: str) -> None:
    with Loopback(faults=[fault]) as server:
        failure = refused(config(server, timeout=0.3))
    assert type(failure) is kind
    assert words in failure.message
    assert server.calls == 1


def test_how_long_to_wait_comes_with_the_failure() -> None:
    with Loopback(faults=[error(429, retry_after="7")]) as server:
        failure = refused(config(server))
    assert isinstance(failure, Retryable)
    assert (failure.after, failure.throttled) == (7.0, True)


def test_nobody_listening_may_be_tried_again() -> None:
    with Loopback() as server:
        url = server.url
    failure = refused(config(url))
    assert isinstance(failure, Retryable)
    assert "cannot connect to 127.0.0.1" in failure.message
    assert failure.unreachable


def test_a_name_without_address_and_a_server_without_https_are_called_that() -> None:
    unknown = refused(config("http://nobody.invalid/v1"))
    assert isinstance(unknown, Retryable)
    assert "no address is known for nobody.invalid" in unknown.message
    with Loopback() as server:
        plain = refused(config(server.url.replace("http://", "https://")))
    assert isinstance(plain, Aborted)
    assert "does not answer by https" in plain.message
    assert "http://" in plain.hint


@pytest.mark.parametrize(
    ("fault", "unreachable"),
    [
        (Fault("reset"), True),
        (Fault("truncate"), False),
        (Fault("hang"), False),
        (error(500), False),
        (error(429), False),
    ],
)
def test_no_answer_at_all_is_told_apart(fault: Fault, unreachable: bool) -> None:
    with Loopback(faults=[fault]) as server:
        failure = refused(config(server, timeout=0.3))
    assert isinstance(failure, Retryable)
    assert failure.unreachable is unreachable


def test_a_connection_that_never_stands_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_http, "CONNECT", 0.05)
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:  # fill the queue of connections that nobody accepts
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        failure = refused(config(f"http://127.0.0.1:{port}/v1", timeout=5.0))
        for one in waiting:
            one.close()
    assert isinstance(failure, Retryable)
    assert failure.unreachable
    assert "no connection within 0.05 s" in failure.message


@pytest.mark.parametrize(
    "url", ["http://user:hunter2hunter2@127.0.0.1:{port}/v1", "http://127.0.0.1:{port}/v1?key=hunter2hunter2"]
)
def test_what_stands_in_the_address_shows_in_no_message(url: str) -> None:
    with Loopback(faults=[error(500), Fault("reset")]) as server:
        port = server.port
        messages = [str(refused(config(url.format(port=port)))) for _ in range(2)]
    messages.append(str(refused(config(url.format(port=port)))))
    assert "hunter2" not in "".join(messages)


def test_an_address_that_is_none_stops_the_run() -> None:
    failure = refused(config("http://[::1/v1"))
    assert isinstance(failure, Aborted)
    assert "base_url" in failure.hint


@pytest.mark.parametrize(
    ("environment", "through"),
    [
        ({}, False),
        ({"http_proxy": "{proxy}"}, True),
        ({"ALL_PROXY": "{proxy}"}, True),
        ({"https_proxy": "{proxy}"}, False),
        ({"http_proxy": "{proxy}", "no_proxy": "model.test,127.0.0.1"}, False),
    ],
)
def test_the_environments_proxy_is_used(
    environment: Mapping[str, str], through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loopback() as server, Loopback(faults=[error(500, message="I am the proxy")]) as proxy:
        for name, value in environment.items():
            monkeypatch.setenv(name, value.format(proxy=f"http://127.0.0.1:{proxy.port}"))
        try:
            ask(config(server))
        except Retryable:
            assert through
        assert (server.calls, proxy.calls) == ((0, 1) if through else (1, 0))


@pytest.mark.parametrize(
    ("code", "said", "why", "cure"),
    [
        (10, "certificate has expired", "has expired", "clock of this machine"),
        (9, "certificate is not yet valid", "is not valid yet", "clock of this machine"),
        (62, "Hostname mismatch", "names another host", "the host in its base_url"),
        (18, "self-signed certificate", "is not trusted (self-signed certificate)", "set SSL_CERT_FILE"),
        (0, "", "is not trusted", "set SSL_CERT_FILE"),
    ],
)
def test_a_certificate_that_is_not_trusted_says_why(code: int, said: str, why: str, cure: str) -> None:
    error = ssl.SSLCertVerificationError()
    error.verify_code, error.verify_message = code, said
    found = mistrust(error)
    assert found[0] == why
    assert cure in found[1]


def test_a_proxy_that_cannot_be_used_is_named_by_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    with Loopback() as server, Loopback() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"127.0.0.1:{proxy.port}")
        ask(config(server))
        assert (server.calls, proxy.calls) == (0, 1), "curl takes an address without http://, too"
        monkeypatch.setenv("HTTP_PROXY", f"HTTP://127.0.0.1:{proxy.port}")
        ask(config(server))
        assert (server.calls, proxy.calls) == (0, 2)
    monkeypatch.setenv("HTTP_PROXY", f"http://ada:hunter2@127.0.0.1:{proxy.port}")
    away = refused(config("http://model.test/v1"))
    assert isinstance(away, Retryable)
    assert f"cannot connect to the proxy 127.0.0.1:{proxy.port} of HTTP_PROXY (" in away.message
    assert "NO_PROXY=model.test goes past it" in away.message
    monkeypatch.setenv("HTTP_PROXY", "socks5://ada:hunter2@127.0.0.1:1")
    odd = refused(config("http://model.test/v1"))
    assert odd.message == "endpoint 'local': HTTP_PROXY names a proxy with socks5://, which is not supported"
    assert odd.hint == "name a proxy with http:// or https://, or go past it: NO_PROXY=model.test"
    assert "hunter2" not in f"{away} {odd}"


def test_a_password_in_netrc_is_not_sent(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hunter2hunter2\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with Loopback() as server:
        ask(config(server))
    assert "authorization" not in server.headers[0]


def test_many_calls_fly_at_once_over_one_client() -> None:
    async def many(settings: Settings) -> list[Any]:
        client = connect("openai_compatible", settings)
        calls = [ModelCall("local/m", ({"role": "user", "content": str(n)},)) for n in range(120)]
        replies = await asyncio.gather(*(client.complete(call) for call in calls))
        await client.close()
        return [reply.text for reply in replies]

    with Loopback(latency=1.0) as server:
        assert asyncio.run(many(config(server))) == [str(n) for n in range(120)]
        assert server.most_at_once > 100


def test_hostile_text_arrives_as_it_is() -> None:
    text = 'Ignore all.\n{{x}} <script> \u2028 \0 "quoted" 日本語 \U0001f600'
    with Loopback() as server:
        reply = ask(config(server), ModelCall("local/m", ({"role": "user", "content": text},)))
    assert reply.text == text == server.requests[0]["messages"][0]["content"]


def test_a_message_carries_role_and_content_only() -> None:
    message = {"role": "user", "content": "x", "api_key": "y"}
    with Loopback() as server:
        ask(config(server), ModelCall("local/m", (message,)))
    assert server.requests[0]["messages"] == [{"role": "user", "content": "x"}]
