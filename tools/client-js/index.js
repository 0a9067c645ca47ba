// The runtime client of Cuebook; index.d.ts documents it. What is packed of this is minified, and a test holds it to 4 KB
// gzipped: that is why messages are short. What an app's author has to know is in the README.
const env = (name) => {
  try {
    return process.env[`CUEBOOK_${name}`];
  } catch {}
};
const list = Array.isArray;
const text = (v) => typeof v === "string";
const map = (v) => ({}).toString.call(v) === "[object Object]";
const own = Object.hasOwn;
const words = (v) => v.split(" ");
const edit = (v, f) => Object.fromEntries(Object.entries(v).map(f));

export class CuebookError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint ?? "";
  }
}
export const [MalformedRef, UnknownPrompt, UnknownVersion, UnknownAlias, RegistryUnreachable, DigestMismatch, RenderError, UsageError] =
  words("MalformedRef UnknownPrompt UnknownVersion UnknownAlias RegistryUnreachable DigestMismatch RenderError UsageError").map((name) => class extends CuebookError {
    name = name;
  });
const fail = (Kind, message, hint) => {
  throw new Kind(message, hint);
};

// For spans.js, not for apps. Canonical (RFC 8785), or with the spaces that Python puts into a template.
export const json = (v, gap = "") => list(v) ? `[${v.map((i) => json(i, gap)).join("," + gap)}]`
  : map(v) ? `{${(gap ? Object.keys(v) : Object.keys(v).sort()).map((k) => JSON.stringify(k) + ":" + gap + json(v[k], gap)).join("," + gap)}}`
  : v === null || text(v) || v === !!v || Number.isFinite(v) ? JSON.stringify(v)
  : fail(RenderError, "no JSON");

const talk = (v) => list(v) && v.every((m) => /^(system|developer|user|assistant|tool)$/.test(m?.role) && /^[uso]/.test(typeof m.content));
const called = (v) => ({ type: "function", function: v });
const sent = ({ toolCalls, toolCallId, ...m }) => ({
  ...m,
  ...(toolCalls && { tool_calls: toolCalls.map((c) => ({ id: c.id, ...called({ name: c.name, arguments: json(c.arguments) }) })) }),
  ...(toolCallId && { tool_call_id: toolCallId }),
});

const FITS = { string: (v) => text(v) || Number.isFinite(v), number: Number.isFinite, integer: Number.isInteger, boolean: (v) => v === !!v, array: list, messages: talk, object: map, image: text };
// Split at the closing braces, so that a hostile template costs no more than its length; no value is looked at again.
const fill = (said, values) => said.split("}}").reduce((made, next, i, { length }) => {
  const at = next.indexOf("{{");
  if (at < 0 || i > length - 2) return made + next + (i > length - 2 ? "" : "}}");
  const v = next.slice(at + 2).trim().split(".").reduce((v, k) => map(v) && own(v, k) ? v[k] : fail(RenderError, `${next.slice(at)}}} has no value`), values);
  return made + next.slice(0, at) + (text(v) ? v : json(v, " "));
}, "");

const wire = (model) => {
  const [, row, name] = /^(?:litellm\/[^/]*\/|([^/]*)\/)?(.+)/.exec(model);
  return [row === "huggingface" ? name.replace(/^([^/]*)\/([^/]*\/[^/]*)$/, "$2:$1")
    : row === "fireworks_ai" && !/\//.test(name) ? `accounts/fireworks/${/-fast$|^(auto|firerouter)$/.test(name) ? "routers" : "models"}/${name}` : name, row];
};

const TOOLS = words("tools toolChoice parallelToolCalls");
const BEHAVIOUR = words("inputs jsonSchema messages model modelParameters responseFormat template templateFormat");

// What providers call a version's settings, as in tools/cuebook/data/providers.toml. C call the longest answer
// max_completion_tokens, M max_tokens.
const C = /^(openai|openrouter|groq|xai|cerebras|gemini)$/;
const M = /^(mistral|deepseek|together_ai|fireworks_ai|nvidia_nim|huggingface|ollama(_chat)?|lm_studio)$/;
const EXTRA = { openrouter: { provider: { require_parameters: true } }, fireworks_ai: { context_length_exceeded_behavior: "error" } };
const NONE = { deepseek: { thinking: { type: "disabled" } }, together_ai: { reasoning: { enabled: false } } };

export class Prompt {
  constructor(d, source, age) {
    Object.assign(this, structuredClone(d), { ref: `${d.name}/${d.version}`, source, age });
  }

  #fill(given, jinja2) {
    const values = {}, bad = Object.keys(given).filter((k) => !own(this.inputs, k)).map((k) => `'${k}' is not an input`);
    for (const [k, spec] of Object.entries(this.inputs)) {
      const v = values[k] = given[k] === undefined ? spec.default : given[k];
      if (!FITS[spec.type]?.(v)) bad.push(`'${k}' ${v === undefined ? "is missing" : "must be " + spec.type}`);
    }
    const write = this.templateFormat === "simple" ? fill : jinja2 ?? bad.push("pass { jinja2: (text, values) => string }");
    if (bad[0]) fail(RenderError, `cannot fill ${this.ref}: ${bad.join("; ")}`);
    const part = ({ text: said, image, url = values[image], detail }) => text(said) ? { type: "text", text: write(said, values) }
      : { type: "image_url", image_url: { url: /^data:image\/(png|jpeg|gif|webp);base64,/.test(url) ? url : fail(RenderError, `${image ?? url} is not a data: URL`), ...(detail && { detail }) } };
    return (this.messages ?? [{ role: "user", content: this.template }]).flatMap(({ placeholder, content, ...m }) =>
      (placeholder ? values[placeholder] : [{ ...m, content: text(content) ? write(content, values) : content.map(part) }]).map(sent));
  }

  format(values = {}, { jinja2 } = {}) {
    const made = this.#fill(values, jinja2);
    return this.messages ? made : made[0].content;
  }

  toOpenAI(values = {}, options) {
  const [name, usual] = wire(this.model), row = this.wireLike ?? usual, call = { ...EXTRA[row] };
  const most = C.test(row) ? "max_completion_tokens" : M.test(row) && "max_tokens";
  for (const [k, v] of Object.entries(this.modelParameters)) {
    if (k === "reasoningEffort" && v === "none" && NONE[row]) Object.assign(call, NONE[row]);
    else if (v !== null) call[/^max/.test(k) && most || (k === "seed" && row === "mistral" ? "random_seed" : k.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`))] = v;
  }
  const { responseFormat: type, jsonSchema, tools, toolChoice, parallelToolCalls } = this, said = this.format(values, options);
  if (type !== "text") call.response_format = { type, ...(jsonSchema && { json_schema: jsonSchema }) };
  if (tools) call.tools = tools.map(called);
  if (toolChoice) call.tool_choice = text(toolChoice) ? toolChoice : called(toolChoice);
  if (parallelToolCalls != null) call.parallel_tool_calls = parallelToolCalls;
  return { model: this.wireModel ?? name, messages: text(said) ? [{ role: "user", content: said }] : said, ...call };
  }
}

const odd = ({ model, wireModel: w }) => w && w !== wire(model)[0] && !model.endsWith(`/${w}`) && w;
const sha = async (said) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(said)))].reduce((hex, v) => hex + (v + 256).toString(16).slice(1), "");

const checked = async (d, place, pin, { name, version, rest, said }) => {
  let hex, bad;
  try {
    const { inputs, messages } = d;
    const part = edit([...BEHAVIOUR, ...TOOLS.filter((k) => d[k] != null)], ([, k]) => [k, d[k]]);
    part.inputs = edit(inputs, ([k, { description, ...spec }]) => [k, spec]);
    const hash = await sha(json(part));
    if (messages ? talk(messages.filter((m) => !m.placeholder)) : text(d.template)) hex = "sha256:" + hash;
    bad = odd(d) || Object.keys(d.modelParameters).find((k) => !/^(top[PK]|temperature|max(Completion)?Tokens|stop|seed|(frequency|presence)Penalty|reasoningEffort|verbosity)$/.test(k));
  } catch {}
  if (!/^cuebook\/(version|alias)\/[12]$/.test(d?.schema)) bad = "no known format";
  else if (d.name !== name || (version ? d.version !== version : place && d.alias !== rest)) bad = `${d.name}/${d.version}`;
  if (bad) fail(RegistryUnreachable, `${place || "fallback"} has ${bad} for ${said}`);
  if (hex !== d.digest || (pin && pin !== hex)) fail(DigestMismatch, `${said} is ${hex}, not ${pin || d.digest}`);
};

export function Client({ registry, token = registry ? "" : env("TOKEN"), headers, cache, ttl = 6e4, maxStale = 864e5, timeout = 5e3, fetch = globalThis.fetch, now = () => performance.now() } = {}) {
  registry ??= env("REGISTRY");
  if (!/^(https:|http:..(localhost|127\.[\d.]+|\[::1])(:|\/|$))[^@?]*$/.test(registry)) fail(UsageError, `no https:// registry: ${/[@?]/.test(registry) ? "@ or ?" : registry ?? "set CUEBOOK_REGISTRY"}`);
  const base = registry.replace(/(\/api\/v1)?\/*$/, "");
  const kept = {}, asking = {};

  const get = async (path, signal) => {
    try {
      // A redirect could take the token or a header elsewhere, so with one none is followed.
      const reply = await fetch(`${base}/api/v1/${path}.json`, { signal, redirect: token || headers ? "manual" : "follow", headers: token ? { ...headers, authorization: `Bearer ${token.call ? await token() : token}` } : headers });
      // A bucket says 401 or 403 of what is not there, too.
      if (/40[134]|410/.test(reply.status)) return;
      if (reply.ok && !/^https.*http:/.test(base + reply.url)) return await reply.json();
      throw { name: reply.status };
    } catch (e) {
      // The words of a library may hold an address or a header.
      fail(RegistryUnreachable, `no JSON from ${base}: ${e.cause?.code ?? e.name}`);
    }
  };

  const ask = async (key, pin, asked) => {
    const { name, version, rest, said } = asked, signal = AbortSignal.timeout(timeout), at = now();
    const d = await get(asked.path, signal);
    // Of what was erased there is nothing, here or in a copy: neither cache nor fallback is asked.
    if (d?.schema === "cuebook/erased/1") return;
    if (!d) {
      const { prompts } = await get("index", signal) ?? fail(RegistryUnreachable, `no registry at ${base}, or no token`);
      const one = prompts.find((p) => p.name === name), known = !one ? prompts.map((p) => p.name) : version ? `1 to ${one.latest}` : Object.keys(one.aliases);
      fail(!one ? UnknownPrompt : version > one.latest ? UnknownVersion : version || own(one.aliases, rest) ? RegistryUnreachable : UnknownAlias, `${base} has no ${said}`, `known: ${known}`);
    }
    await checked(d, base, pin, asked);
    kept[key] = { d, at };
    try {
      await cache?.set(asked.url, JSON.stringify({ d, at: Date.now() }));
    } catch {}
    return d;
  };

  const load = async (ref, { digest, fallback } = {}) => {
    const [, name, rest] = /^(?:prompts:\/)?(?!.*\.\.)([a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?)[@/]((?!v\d+$)[a-z][a-z0-9_-]{0,63}|[1-9]\d{0,8})$/.exec(ref) ?? fail(MalformedRef, `'${ref}' is no name/3 or name@alias`);
    const version = +rest, said = name + (version ? "/" : "@") + rest, path = `prompts/${name}/${version ? "versions" : "aliases"}/${rest}`, asked = { name, version, rest, said, path, url: `${base}/${path}` };
    const key = said + digest, had = kept[key], age = now() - had?.at;
    if (had && (version || age < ttl)) return new Prompt(had.d, "cache", age);
    if (fallback) await checked(fallback, "", digest, asked);
    // One request for all who wait, and its failure for five seconds; a registry that is away is away for all.
    let one = ["", key].map((k) => asking[k]).find((one) => now() < one?.until);
    if (!one) {
      asking[key] = one = { until: 1 / 0, going: ask(key, digest, asked) };
      one.going.then(() => delete asking[key], (e) => {
        one.until = now() + 5e3;
        if (e instanceof RegistryUnreachable) asking[""] = one;
      });
    }
    if (age <= maxStale) return new Prompt(had.d, "stale", age);
    let live;
    try {
      live = await one.going;
    } catch (e) {
      try {
        const { d, at } = JSON.parse(await cache.get(asked.url)), age = Date.now() - at;
        if (version || age <= maxStale) {
          await checked(d, base, digest, asked);
          return new Prompt(d, "disk", age);
        }
      } catch {}
      if (!fallback) throw e;
      return new Prompt(fallback, "fallback", null);
    }
    return new Prompt(live ?? fail(UnknownVersion, `${said} was erased`), "live", 0);
  };

  this.load = async (ref, { unit, ...options } = {}) => {
    const prompt = await load(ref, options), { split, name, alias, source } = prompt, said = `${unit ?? ""}`;
    const tries = list(split?.try) ? split.try.sort((a, b) => a.version - b.version) : [];
    if (!said || !tries[0] || source === "fallback" || !(tries.reduce((sum, t) => t.share > 0 ? sum + t.share : NaN, 0) <= 50)) return prompt;
    const place = BigInt(`0x${(await sha(`cuebook-unit/1\n${split.salt}\n${said}`)).slice(0, 16)}`) * 100n >> 64n;
    let end = 0;
    const { version, digest, wireModel, wireLike } = tries.find((t) => place < (end += t.share)) ?? {};
    prompt.arm = "use";
    if (version) try {
      const tried = Object.assign(await load(`${name}/${version}`, { digest: digest ?? "?" }), { alias, arm: "try", wireModel, wireLike });
      if (!odd(tried)) return tried;
      throw 0;
    } catch {
      prompt.source = "use";
    }
    return prompt;
  };
}

const clients = {};
export const loadPrompt = async (ref, { unit, digest, fallback, ...options } = {}) => {
  const key = JSON.stringify(options, (k, v) => v?.call ? fail(UsageError, `${k} needs a Client`) : v);
  return (clients[key] ??= new Client(options)).load(ref, { unit, digest, fallback });
};
// The request that the gate sent, and attributes for traces: importing this gives every Prompt both methods.



