// What the JavaScript client makes of the vectors that both clients share, in one process: node run.mjs VECTORS.
// The package is imported by its name, as an app does it. Prints one JSON object: how many, and those that failed.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as cuebook from "@cuebook/client";
import { spanAttributes } from "@cuebook/client/spans";

const { artifacts, refs, format, openai, loads, spans } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const failures = [];
let count = 0;
const check = async (name, test) => {
  count += 1;
  try {
    await test();
  } catch (error) {
    failures.push(`${name}: ${error.stack}`);
  }
};
const artifact = (given) => {
  if (typeof given === "string") return artifacts[given];
  const { of, ...more } = given;
  return { ...artifacts[of], ...more };
};
const isError = (error, kind) => {
  assert.ok(error instanceof cuebook.CuebookError, `${error?.stack}`);
  assert.ok(kind === "*" || (error instanceof cuebook[kind] && error.name === kind), `${error} is no ${kind}`);
};

class Registry {
  serve = {};
  asked = 0;
  clock = 1000;
  fetch = async (url, { redirect, headers }) => {
    assert.equal(redirect, "follow");
    assert.equal(headers, undefined);
    this.asked += 1;
    if (this.serve === "away") throw new TypeError("fetch failed");
    const found = this.serve[url.replace("https://prompts.example.org/api/v1/", "")] ?? 404;
    if (typeof found === "number") return new Response("no", { status: found });
    return new Response(typeof found === "string" ? found : JSON.stringify(found.of ? artifact(found) : found));
  };
  client = new cuebook.Client({ registry: "https://prompts.example.org/", fetch: this.fetch, now: () => this.clock });
}

for (const { ref, is, error } of refs) {
  await check(`ref ${ref}`, async () => {
    const asked = [];
    const client = new cuebook.Client({ registry: "https://a.example/", fetch: async (url) => {
      asked.push(url);
      return new Response("{}");
    } });
    const thrown = await client.load(ref).catch((found) => found);
    isError(thrown, error ?? "RegistryUnreachable");
    const path = is?.includes("@") ? is.replace("@", "/aliases/") : is?.replace("/", "/versions/");
    assert.deepEqual(asked, is ? [`https://a.example/api/v1/prompts/${path}.json`] : []);
  });
}
for (const [kind, cases] of [["format", format], ["toOpenAI", openai]]) {
  for (const { artifact: given, values, made, error, says } of cases) {
    await check(`${kind} ${JSON.stringify(given)} ${JSON.stringify(values)}`, () => {
      const prompt = new cuebook.Prompt(artifact(given), "live", 0);
      const before = JSON.stringify([prompt, values]);
      if (error) {
        assert.throws(() => prompt[kind](values), (thrown) => {
          isError(thrown, error);
          return says.every((text) => assert.ok(thrown.message.includes(text), `${thrown} lacks ${text}`) === undefined);
        });
      } else {
        const found = prompt[kind](values);
        assert.deepEqual(typeof found === "string" ? found : JSON.parse(JSON.stringify(found)), made);
      }
      assert.equal(JSON.stringify([prompt, values]), before);
    });
  }
}
for (const { artifact: given, source, variables, made } of spans) {
  await check(`spans ${source}`, () => assert.deepEqual(spanAttributes(new cuebook.Prompt(artifact(given), source, 0), variables), made));
}
for (const [name, steps] of Object.entries(loads)) {
  await check(name, async () => {
    const registry = new Registry();
    for (const step of steps) {
      if (step.serve) registry.serve = step.serve;
      registry.clock += 1000 * (step.pass ?? 0);
      if (step.asked) assert.equal(registry.asked, step.asked);
      if (step.settle) await new Promise((resolve) => setTimeout(resolve, 20));
      if (!step.load) continue;
      const options = { unit: step.unit, digest: step.digest, fallback: step.fallback && artifact(step.fallback) };
      const many = Array.from({ length: step.times ?? 1 }, () => registry.client.load(step.load, options));
      for (const [found] of (await Promise.allSettled(many)).map((one) => [one.value ?? one.reason])) {
        if (step.error) isError(found, step.error);
        else assert.equal(`${found.ref ?? found} ${found.source}`, step.is);
        if ("arm" in step) assert.equal(found.arm ?? null, step.arm);
      }
    }
  });
}
await import("./own.mjs").then(({ own }) => own(check));
console.log(JSON.stringify({ count, failures }));
process.exit(); // a server of a failed test may still listen
