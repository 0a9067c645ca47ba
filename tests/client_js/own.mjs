// What only the JavaScript client can be asked: its environment, its token, a real server that redirects.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { Client, loadPrompt } from "@cuebook/client";

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
      asked.push([url, headers.authorization]);
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
  await check("a function belongs to a client", async () => {
    await assert.rejects(loadPrompt("qa/1", { registry: "https://example.org", token: () => SECRET }), { name: "UsageError" });
    await assert.rejects(loadPrompt("qa/1"), { name: "UsageError" });
  });
};
