"""The JavaScript client in a browser: the same vectors, and a digest by the browser's own WebCrypto."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import client_js
from fixtures.browsing import MARKS

pytestmark = MARKS

ADDRESS = "http://127.0.0.1:9"
"""Nobody listens there: each request is answered by the test. A loopback address has WebCrypto."""
VECTORS = Path(__file__).resolve().parents[1] / "client_vectors.json"
RUN = """async (vectors) => {
  const { artifacts, format, openai } = JSON.parse(vectors);
  const { Client, Prompt } = await import("/index.js");
  const whole = (it) => typeof it === "string" ? artifacts[it] : { ...artifacts[it.of], ...it };
  const told = [];
  for (const [kind, cases] of [["format", format], ["toOpenAI", openai]]) {
    for (const { artifact, values } of cases) {
      try {
        told.push(new Prompt(whole(artifact), "live", 0)[kind](values));
      } catch (error) {
        told.push({ error: error.name });
      }
    }
  }
  const client = new Client({ registry: location.origin });
  for (const [name, version] of [["qa", 1], ["desk", 1], ["numbers", 1]]) {
    const prompt = await client.load(`${name}/${version}`);
    told.push(`${prompt.ref} ${prompt.source} ${prompt.digest}`);
  }
  return JSON.stringify(told);
}"""
"""Both ways as text: what Playwright hands over loses keys such as __proto__."""


def test_a_browser_makes_of_the_vectors_what_python_does(browser: Any) -> None:
    vectors = json.loads(VECTORS.read_text("utf-8"))
    code = (client_js.SOURCE / "index.js").read_text("utf-8")
    served = {item["ref"]: item for item in vectors["artifacts"].values()}

    def answer(route: Any) -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if path == "/index.js":
            route.fulfill(body=code, content_type="text/javascript")
        elif path.startswith("/api/v1/prompts/"):
            ref = path.removeprefix("/api/v1/prompts/").removesuffix(".json").replace("/versions/", "/")
            route.fulfill(body=json.dumps(served[ref]), content_type="application/json")
        else:
            route.fulfill(body="<!doctype html><title>App</title>", content_type="text/html")

    context = browser.new_context()
    page = context.new_page()
    page.route("**/*", answer)
    page.goto(ADDRESS)
    told = json.loads(page.evaluate(RUN, json.dumps(vectors)))
    context.close()
    cases = [*vectors["format"], *vectors["openai"]]
    assert told[: len(cases)] == [case.get("made", {"error": case.get("error")}) for case in cases]
    assert told[len(cases) :] == [
        f"{ref} live {served[ref]['digest']}" for ref in ("qa/1", "desk/1", "numbers/1")
    ]
