// What the AI SDK sends for a filled prompt, with the real packages on loopback: node ai-sdk.mjs; prints the request.
import { createServer } from "node:http";
import { createOpenAI } from "@ai-sdk/openai";
import { Prompt } from "@cuebook/client";
import { toAISDK } from "@cuebook/client/ai-sdk";
import { generateText } from "ai";
import { readFileSync } from "node:fs";

const { artifact, values } = JSON.parse(readFileSync(0, "utf8"));
const bodies = [];
const server = createServer((request, reply) => {
  let body = "";
  request.on("data", (part) => body += part).on("end", () => {
    bodies.push(JSON.parse(body));
    reply.setHeader("content-type", "application/json");
    const called = { id: "c9", type: "function", function: { name: "look", arguments: "{}" } };
    const message = { role: "assistant", content: "{}", tool_calls: [called] };
    reply.end(JSON.stringify({ id: "1", object: "chat.completion", created: 1, model: "m", choices: [{ index: 0, message, finish_reason: "stop" }], usage: {} }));
  });
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const openai = createOpenAI({ baseURL: `http://127.0.0.1:${server.address().port}/v1`, apiKey: "x" });
const prompt = new Prompt(artifact, "live", 0);
let refused = null;
try {
  await generateText({ model: openai.chat(prompt.toOpenAI(values).model), maxRetries: 0, ...toAISDK(prompt, values) });
} catch (error) {
  refused = `${error.name}: ${error.message}`;
}
console.log(JSON.stringify({ body: bodies[0] ?? null, refused }));
process.exit();
