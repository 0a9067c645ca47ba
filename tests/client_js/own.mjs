// What only the JavaScript client can be asked: its environment, its token, a real server that redirects.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { Client, loadPrompt, Prompt } from "@cuebook/client";

const SECRET = "s3cret-token";
const shown = (error) => `${error} ${error.message} ${error.hint} ${JSON.stringify(error)} ${error.cause}`;
const listening = (answer) => new Promise((resolve) => {
  const server = createServer(answer).listen(0, "127.0.0.1", () => resolve([server, `http://127.0.0.1:${server.address().port}`]));
});

export const own = async (check) => {
  await check("a redirect steals no token", async () => {
    const stolen = [], sent = [];
    const [thief, there] = await listening((request, reply) => {
      stolen.push(request.headers);
      reply.end("{}");
    });
    const [home, here] = await listening((request, reply) => {
      sent.push(request.headers.authorization);
      reply.writeHead(302, { location: there + request.url }).end();
    });
    for (const token of [SECRET, async () => SECRET]) {
      const error = await new Client({ registry: here, token }).load("qa/1").catch((thrown) => thrown);
      assert.equal(error.name, "RegistryUnreachable");
      assert.ok(!shown(error).includes(SECRET));
    }
    assert.deepEqual([sent, stolen], [[`Bearer ${SECRET}`, `Bearer ${SECRET}`], []]);
    await new Client({ registry: here }).load("qa/1").catch(() => {});
    assert.equal(stolen.length, 1);
    assert.equal(stolen[0].authorization, undefined);
    for (const server of [home, thief]) {
      server.close();
      server.closeAllConnections();
    }
  });
  await check("a registry that cannot be used is named, but not one that may hold a secret", async () => {
    const said = (registry) => {
      try {
        return new Client({ registry });
      } catch (error) {
        return shown(error);
      }
    };
    for (const registry of ["/folder", "http://example.org/"]) assert.ok(said(registry).includes(`no https:// registry: ${registry}`));
    assert.ok(said().includes("set CUEBOOK_REGISTRY"));
    for (const registry of [`https://me:${SECRET}@example.org`, `https://example.org/?key=${SECRET}`]) assert.ok(!said(registry).includes(SECRET));
  });
  await check("a registry that refuses to answer is said to want a token", async () => {
    for (const status of [401, 403]) {
      const fetch = async () => new Response("no", { status });
      const message = "no registry at https://example.org, or no token";
      await assert.rejects(new Client({ registry: "https://example.org", fetch }).load("qa/1"), { name: "RegistryUnreachable", message });
    }
  });
  await check("a token that no header holds is not shown", async () => {
    const error = await new Client({ registry: "https://localhost:1", token: `${SECRET}\n\u0000x` }).load("qa/1").catch((thrown) => thrown);
    assert.equal(error.name, "RegistryUnreachable");
    assert.ok(!shown(error).includes(SECRET));
  });
  await check("no registry, none in clear and none with a name in its address", async () => {
    for (const registry of [undefined, "prompts", "ftp://example.org", "http://example.org", "http://localhost.example.org", "https://me:pw@example.org"]) {
      assert.throws(() => new Client({ registry }), { name: "UsageError" });
    }
    for (const registry of ["https://example.org", "http://localhost:8000/x", "http://127.0.0.1", "http://[::1]:80/"]) new Client({ registry });
  });
  await check("the environment names registry and token, and a token of the environment goes to no other", async () => {
    const asked = [];
    const fetch = async (url, { headers }) => {
      asked.push([url, headers?.authorization]);
      return new Response("{}");
    };
    process.env.CUEBOOK_REGISTRY = "https://prompts.example.org/api/v1/";
    process.env.CUEBOOK_TOKEN = SECRET;
    await new Client({ fetch }).load("qa/1").catch(() => {});
    await new Client({ fetch, registry: "https://other.example.org" }).load("qa/1").catch(() => {});
    delete process.env.CUEBOOK_REGISTRY;
    delete process.env.CUEBOOK_TOKEN;
    assert.deepEqual(asked, [
      ["https://prompts.example.org/api/v1/prompts/qa/versions/1.json", `Bearer ${SECRET}`],
      ["https://other.example.org/api/v1/prompts/qa/versions/1.json", undefined],
    ]);
  });
  await check("a redirect from https to http is not followed to a prompt", async () => {
    const fetch = async () => Object.defineProperty(new Response("{}"), "url", { value: "http://example.org/" });
    await assert.rejects(new Client({ registry: "https://example.org", fetch }).load("qa/1"), /no JSON from/);
  });
  await check("a server that says nothing is given up", async () => {
    const [silent, here] = await listening(() => {});
    const load = (ref) => loadPrompt(ref, { registry: here, timeout: 50 });
    await assert.rejects(load("qa/1"), { name: "RegistryUnreachable", message: `no JSON from ${here}: TimeoutError` });
    await assert.rejects(load("qa/2"), { name: "RegistryUnreachable" });
    silent.close();
    silent.closeAllConnections();
  });
  await check("of ten thousand units ten per cent get the version that is tried, as in Python", async () => {
    const { artifacts: { one, two }, units } = JSON.parse(readFileSync(process.argv[2], "utf8"));
    const served = (salt, share) => {
      const split = { salt, try: [{ version: 2, share, digest: two.digest }] };
      const alias = { ...one, schema: "cuebook/alias/1", alias: "production", split };
      return new Client({ registry: "https://example.org", fetch: async (url) => Response.json(url.includes("aliases") ? alias : two) });
    };
    const client = served("qa-assistant@production\n7", 10);
    const arms = await Promise.all(Array.from({ length: 10_000 }, async (_, n) => (await client.load("qa@production", { unit: `user-${n}` })).arm));
    assert.equal(arms.filter((arm) => arm === "try").length, 1025);
    for (const { salt, unit, percent } of units) {
      for (const share of [percent, percent + 1].filter((one) => one > 0 && one <= 50)) {
        const { arm } = await served(salt, share).load("qa@production", { unit });
        assert.equal(arm, share > percent ? "try" : "use", `${unit} ${percent}`);
      }
    }
  });
  await check("headers open a registry, and no redirect is followed with one", async () => {
    const asked = [];
    const fetch = async (url, { headers, redirect }) => {
      asked.push({ ...headers, redirect });
      return new Response("{}");
    };
    await new Client({ registry: "https://example.org", fetch, token: async () => "t", headers: { "x-door": "1" } }).load("qa/1").catch(() => {});
    assert.deepEqual(asked, [{ "x-door": "1", authorization: "Bearer t", redirect: "manual" }]);
  });
  await check("a store of copies helps while the registry is away, for a day", async () => {
    const { artifacts: { one } } = JSON.parse(readFileSync(process.argv[2], "utf8"));
    const store = new Map(), cache = { get: async (key) => store.get(key), set: async (key, value) => void store.set(key, value) };
    const alias = { ...one, schema: "cuebook/alias/1", alias: "production" };
    const up = async (url) => Response.json(url.includes("aliases") ? alias : one);
    const down = async () => { throw new TypeError("fetch failed"); };
    const client = (fetch, more) => new Client({ registry: "https://example.org", fetch, cache, ...more });
    for (const ref of ["qa@production", "qa/1"]) await client(up).load(ref);
    assert.deepEqual([...store.keys()], ["https://example.org/prompts/qa/aliases/production", "https://example.org/prompts/qa/versions/1"]);
    const found = await client(down).load("qa@production");
    assert.deepEqual([found.ref, found.source, found.age >= 0], ["qa/1", "disk", true]);
    await assert.rejects(client(down, { maxStale: -1 }).load("qa@production"), { name: "RegistryUnreachable" });
    assert.equal((await client(down, { maxStale: -1 }).load("qa/1")).source, "disk");
    for (const [key, value] of store) store.set(key, value.replace("Answer", "Reply to"));
    await assert.rejects(client(down).load("qa/1"), { name: "RegistryUnreachable" });
    const broken = { get: () => { throw new Error("no store"); }, set: () => { throw new Error("no store"); } };
    assert.equal((await client(up, { cache: broken }).load("qa/1")).source, "live");
    await assert.rejects(client(down, { cache: broken }).load("qa/1"), { name: "RegistryUnreachable" });
  });
  await check("jinja2 is filled by the app's own, and refused without", () => {
    const { artifacts: { one } } = JSON.parse(readFileSync(process.argv[2], "utf8"));
    const prompt = new Prompt({ ...one, templateFormat: "jinja2" }, "live", 0);
    assert.throws(() => prompt.format({ question: "x" }), { name: "RenderError", message: /fill qa\/1: pass \{ jinja2: \(text, values\) => string \}/ });
    const jinja2 = (text, values) => `${text} ${values.question}`;
    assert.equal(prompt.format({ question: "x" }, { jinja2 }), "Answer {{question}} x");
    assert.equal(prompt.toOpenAI({ question: "x" }, { jinja2 }).messages[0].content, "Answer {{question}} x");
  });
  await check("a function belongs to a client", async () => {
    await assert.rejects(loadPrompt("qa/1", { registry: "https://example.org", token: () => SECRET }), { name: "UsageError" });
    await assert.rejects(loadPrompt("qa/1"), { name: "UsageError" });
  });
};
