"""The page on the Python API: its guide, and every public name with its signature and its words."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import cuebook
from cuebook import integrations

_CLIENT = """\
# The Python API

`pip install git+https://github.com/cuebook/cuebook` brings this and nothing else: the
client needs the standard library only. The registry is a URL, a built site or a checkout, from `registry=` or
CUEBOOK_REGISTRY.

```python
from cuebook import load_prompt

prompt = load_prompt("qa-assistant@production")
messages = prompt.format(context="Cats purr when they are content.", question="When do cats purr?")
print(prompt.ref, prompt.model, prompt.source, messages[0]["role"])
```

**A request.** `to_openai` gives the keyword arguments for `client.chat.completions.create`: what the
gate sent, by the names that the model's provider uses.

```python
from cuebook import load_prompt

request = load_prompt("qa-assistant@production").to_openai(context="Cats purr.", question="What do cats do?")
print(sorted(request))
```

**When the registry is unreachable.** A running process serves what it has, up to `max_stale` seconds, and
asks again in the background. A new process has nothing yet: give it a `fallback` (an artifact, or the path
of its JSON), or a folder for copies by CUEBOOK_CACHE_DIR or `cache_dir`. The folder must belong to its user
alone. Copies in it are for outages only: while the registry answers, they are not used. For five seconds
after a failure, loads are answered at once from what is there.

```python
from cuebook import Client

client = Client(ttl=60, max_stale=24 * 3600, timeout=2, cache_dir="prompt-copies")
prompt = client.load("qa-assistant@production")
print(prompt.source, prompt.age)
```

**Pinned.** A digest accepts one version and no other, whoever serves it. It covers what may change answers:
messages, model, parameters, schema, inputs. It does not say who wrote them.

```python
from cuebook import load_prompt

known = load_prompt("qa-assistant/1").digest  # from the version's page, written into your code
prompt = load_prompt("qa-assistant/1", digest=known)
assert prompt.digest == known
```

**Async.** `aload_prompt` and `Client.aload` never block the event loop.

```python
import asyncio

from cuebook import aload_prompt

prompt = asyncio.run(aload_prompt("qa-assistant@production"))
```

**Errors** are one family, `CuebookError`, each with a `message` and a `hint`.

```python
from cuebook import CuebookError, UnknownAlias, load_prompt

try:
    load_prompt("qa-assistant@prodution")
except UnknownAlias as error:
    print(error.hint)
except CuebookError as error:
    print(error.message)
```

**A share of units.** If an alias lets a share of units try another version, `unit=`, such as a user's id,
gets the same one each time, in every language. Without it, and where that version cannot be had (`source` is
`use` then), it is the one in use. `arm` is `use` or `try`; your analytics count what became of each.

```python
from cuebook import load_prompt

prompt = load_prompt("qa-assistant@production", unit="user-4711")
print(prompt.ref, prompt.arm)
```

**Traces.** `span_attributes` are OpenTelemetry attributes that lead from a span back to the version. With
`span_attributes(values)` they hold what its variables were filled with, too, which not every trace may
contain.

```python
from cuebook import load_prompt

attributes = load_prompt("qa-assistant@production").span_attributes()
print(attributes["gen_ai.prompt.name"], attributes["gen_ai.prompt.version"])
```

Cron jobs and serverless functions start with nothing: set CUEBOOK_CACHE_DIR to a folder that outlives them,
or package a `fallback`. In a rolling restart new processes fetch their own copies, so two versions can
serve for a minute after an alias moves.

**A private registry** is opened by `token=` (sent as a bearer token), by `headers=`, by a name and password
in its address, or by `CUEBOOK_TOKEN` where `CUEBOOK_REGISTRY` names it; one named in code gets no token of
the environment. They are sent to its own origin only, never along a redirect to another, and no message
shows them. For tokens that expire, pass a function: `Client(token=function)`.

```python
from cuebook import Client

client = Client("https://prompts.example.org/", token="of-your-vault", headers={"X-Team": "search"})
```
"""


def client_page() -> str:
    """The Python API: every public name with its signature, its members and its words."""
    names = sorted(
        cuebook.__all__, key=lambda name: (not name.endswith("load_prompt"), _is_error(name), name)
    )
    return "\n".join([_CLIENT, *(_public(name) for name in names), *_for_frameworks()])


def _for_frameworks() -> Iterator[str]:
    """The functions of ``cuebook.integrations``, which no framework need be there for."""
    for found in pkgutil.iter_modules(integrations.__path__, f"{integrations.__name__}."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if name.startswith("to_") and inspect.isfunction(value):
                yield f"## {found.name}.{name}\n"
                yield f"```text\n{name}{_signature(value)}\n```\n"
                yield f"{markdown(inspect.getdoc(value) or '')}\n"


def _is_error(name: str) -> bool:
    found = getattr(cuebook, name)
    return isinstance(found, type) and issubclass(found, Exception)


def _public(name: str) -> str:
    """A function, class or error of the public surface; of an error its words are enough."""
    found = getattr(cuebook, name)
    parts = [f"## {name}\n"]
    if not _is_error(name) and name != "Prompt":
        parts.append(f"```text\n{name}{_signature(found)}\n```\n")
    parts.append(f"{markdown(inspect.getdoc(found) or '')}\n")
    members = [] if _is_error(name) or not isinstance(found, type) else list(vars(found).items())
    for member, value in members:
        if member.startswith("_") or not (inspect.isfunction(value) or isinstance(value, property)):
            continue
        form = f"{member}{_signature(value)}" if inspect.isfunction(value) else member
        parts.append(f"- `{form}`: {' '.join(markdown(inspect.getdoc(value) or '').split())}")
    return "\n".join(parts) + ("\n" if members else "")


def _signature(found: Any) -> str:
    text = str(inspect.signature(found)).replace("'", "").replace("self, ", "").replace("(self)", "()")
    return re.sub(r"<built-in function (\w+)>", r"time.\1", text)


def markdown(text: str) -> str:
    """A docstring as Markdown: code in single backticks."""
    return re.sub(r"(?<!`)``(?!`)", "`", "\n".join(_undented(text)))


def _undented(text: str) -> Iterator[str]:
    first, *rest = text.strip().splitlines() or [""]
    indent = min((len(line) - len(line.lstrip()) for line in rest if line.strip()), default=0)
    yield first
    yield from (re.sub(r"\s+$", "", line[indent:]) for line in rest)
