// Any two versions compared, of one prompt or of two; the address always says which.

import {
  at, changeList, everyPrompt, explain, fill, h, inlineDiff, kept, liveOf, options, passageList, promptIndex, sidesDiff,
  versionChoices, versionOf,
} from "./parts.js";
import { results, stateOf } from "./results.js";
import { flow } from "./promptfile.js";
import { behaviourOf } from "./promptform.js";
import { toolRows } from "./tooldiff.js";
import { MEANING, changes, describe, differs, passages, same } from "./worddiff.js";

const root = at("compare");
const TERMS = JSON.parse(root.dataset.terms);
const indexes = new Map();
const chosen = { a: null, b: null }; // each {prompt, version}
let turn = 0;

async function indexOf(name) {
  if (!indexes.has(name)) indexes.set(name, await promptIndex(name));
  return indexes.get(name);
}

async function start() {
  let prompts;
  try {
    ({ prompts } = await everyPrompt());
  } catch (error) {
    fill(at("compare-off"), h("div", { class: "cb-note cb-note-warn", role: "alert" }, `${error.message}. Reload to try again.`));
    return;
  }
  if (!prompts.length) {
    fill(at("compare-off"), h("div", { class: "cb-empty" }, h("p", {}, "There is no prompt here yet, so there is nothing to compare.")));
    return;
  }
  const isJudge = (entry) => Number(entry.kind === "judge");
  const names = prompts.sort((one, other) => isJudge(one) - isJudge(other)).map((entry) => entry.name);
  const asked = new URLSearchParams(location.search);
  const known = (name) => (names.includes(name) ? name : null);
  const name = known(asked.get("prompt")) ?? names[0];
  listen(names);
  await choose("a", name, Number(asked.get("a")));
  await choose("b", known(asked.get("with")) ?? name, Number(asked.get("b")));
  await show();
  at("compare-off").hidden = true;
  root.hidden = false;
}

function listen(names) {
  for (const side of ["a", "b"]) {
    const [prompt, version] = [at(`${side}-prompt`), at(`${side}-version`)];
    options(prompt, names.map((name) => [name, name]), "");
    version.addEventListener("change", () => choose(side, chosen[side].prompt, Number(version.value)).then(show));
  }
  at("a-prompt").addEventListener("change", async () => {
    const name = at("a-prompt").value;
    await choose("a", name, 0);
    if (at("other").hidden) await choose("b", name, 0);
    await show();
  });
  at("b-prompt").addEventListener("change", () => choose("b", at("b-prompt").value, 0).then(show));
  at("another").addEventListener("click", () => {
    at("other").hidden = false;
    at("another").hidden = true;
    at("b-prompt").focus();
  });
  at("swap").addEventListener("click", async () => {
    const { a, b } = chosen;
    await choose("a", b.prompt, b.version);
    await choose("b", a.prompt, a.version);
    await show();
  });
}

async function choose(side, name, number) {
  try {
    const index = await indexOf(name);
    const numbers = index.versions.map((entry) => entry.version);
    const version = numbers.includes(number) ? number : usual(side, index, numbers);
    chosen[side] = { prompt: name, version };
    at(`${side}-prompt`).value = name;
    options(at(`${side}-version`), versionChoices(index), version);
  } catch (error) {
    fail(error);
  }
}

// From what is live to the newest; where that is the same, from the one before.
function usual(side, index, numbers) {
  if (side === "b") return index.latest;
  const live = liveOf(index);
  return live !== index.latest ? live : Math.max(...numbers.filter((one) => one < live), Math.min(...numbers));
}

function fail(error) {
  at("shown").hidden = true;
  fill(at("said"), h("div", { class: "cb-note cb-note-warn", role: "alert" }, `${error.message}.`));
}

async function show() {
  const mine = ++turn;
  const { a, b } = chosen;
  if (!a || !b) return;
  const two = a.prompt !== b.prompt;
  if (two) at("other").hidden = false;
  at("another").hidden = !at("other").hidden;
  const asked = new URLSearchParams({ prompt: a.prompt, a: a.version, b: b.version });
  if (two) asked.set("with", b.prompt);
  history.replaceState(null, "", `?${asked}`);
  try {
    const [old, fresh] = await Promise.all([versionOf(a.prompt, a.version), versionOf(b.prompt, b.version)]);
    if (mine !== turn) return;
    draw(old, fresh);
    await measured(old, fresh, mine);
  } catch (error) {
    if (mine === turn) fail(error);
  }
}

async function measured(old, fresh, mine) {
  const none = { said: null, results: null, cases: null };
  const same = old.name === fresh.name;
  const index = await indexOf(fresh.name);
  const found = same ? await results(index, old.version, fresh.version) : none;
  if (mine !== turn) return;
  fill(at("verdict"), found.said);
  fill(at("results"), found.results ?? h("p", { class: "cb-quiet" },
    same ? "It is the same version." : "Versions of two prompts are not measured against each other."));
  fill(at("both"), found.cases);
  explain(root, TERMS);
}

const nameOf = (version, other) => (version.name === other.name ? `v${version.version}` : `${version.name} v${version.version}`);

function draw(old, fresh) {
  const found = changes(old, fresh);
  const texts = passages(old, fresh).filter(differs);
  const [left, right] = [nameOf(old, fresh), nameOf(fresh, old)];
  const none = h("p", { class: "cb-quiet" }, "The texts are the same.");
  fill(at("said"), ends(old, fresh, left, right), warning(found));
  fill(at("changes"), changeList(found, describe));
  fill(at("inline"), texts.length ? passageList(texts, inlineDiff) : none);
  fill(at("sides"), texts.length ? passageList(texts, (lines) => sidesDiff(lines, left, right)) : none.cloneNode(true));
  fill(at("data"), dataTable(old, fresh, found, left, right));
  at("shown").hidden = false;
}

// Both ends with what is known of each: its aliases, its own verdict, and why it was made.
function ends(old, fresh, left, right) {
  const next = h("a", { href: `propose.html?prompt=${encodeURIComponent(fresh.name)}&from=${fresh.version}` }, `Propose a version from ${right}`);
  return h("div", { class: "cb-ends" }, end(old, left), h("span", { "aria-hidden": "true" }, "\u2192"), end(fresh, right, next));
}

function end(version, words, next) {
  const index = indexes.get(version.name);
  const aliases = Object.keys(index.aliases).filter((alias) => index.aliases[alias] === version.version);
  const page = h("a", { class: "cb-version", href: `prompts/${encodeURIComponent(version.name)}/v${version.version}.html` }, words);
  const chips = aliases.map((alias) => [h("span", { class: `cb-chip cb-chip-${alias === "production" ? "live" : "alias"}` }, alias), " "]);
  return h("div", { class: "cb-end" },
    h("p", { class: "cb-row" }, page, " ", chips, stateOf(index, version.version)),
    h("p", { class: "cb-sub" }, kept(version.message)),
    next ? h("p", { class: "cb-small" }, next) : null);
}

function warning(found) {
  const count = found.filter((one) => one.severity === "breaking").length;
  if (!count) return null;
  const words = count === 1 ? "1 change may break apps that call the prompt." : `${count} changes may break apps that call the prompt.`;
  return h("div", { class: "cb-note cb-note-warn", role: "note" }, h("p", {}, words));
}

// Inputs and settings as data: every one of both versions, with how much a difference matters.
function dataTable(old, fresh, found, left, right) {
  const [before, after] = [rowsOf(old), rowsOf(fresh)];
  const marks = new Map();
  for (const one of found) if (!marks.has(one.path)) marks.set(one.path, one.severity);
  const rows = [...new Set([...before.keys(), ...after.keys()])].sort(byGroup).map((key) => {
    const [a, b] = [before.get(key), after.get(key)];
    const mark = same(a ?? null, b ?? null) ? null : (marks.get(key) ?? "notable");
    const chip = mark && h("span", { class: `cb-chip cb-chip-${mark}` }, MEANING[mark]);
    return h("tr", {}, h("td", {}, h("code", {}, kept(key))), h("td", {}, cell(a)), h("td", {}, cell(b)), h("td", {}, chip ?? h("span", { class: "cb-quiet" }, "same")));
  });
  const head = ["Name", left, right, "Difference"].map((words) => h("th", { scope: "col" }, words));
  const table = h("table", { class: "cb-table" }, h("thead", {}, h("tr", {}, head)), h("tbody", {}, rows));
  return h("div", { class: "cb-scroll", role: "group", "aria-label": "Inputs and settings", tabindex: 0 }, table);
}

const GROUPS = ["inputs", "tools", "toolChoice", "parallelToolCalls", "model", "modelParameters", "responseFormat", "jsonSchema", "templateFormat"];
const byGroup = (a, b) => GROUPS.indexOf(a.split(".")[0]) - GROUPS.indexOf(b.split(".")[0]);

function rowsOf(version) {
  const { inputs, modelParameters, model, responseFormat, templateFormat, jsonSchema } = behaviourOf(version);
  const part = (name, all) => Object.entries(all).map(([key, value]) => [`${name}.${key}`, value]);
  const calling = ["toolChoice", "parallelToolCalls"].filter((key) => version[key] != null).map((key) => [key, version[key]]);
  const rows = [...part("inputs", inputs), ...toolRows(version), ...calling, ["model", model], ...part("modelParameters", modelParameters)];
  const answer = [["responseFormat", responseFormat], ["jsonSchema", jsonSchema ?? undefined], ["templateFormat", templateFormat]];
  return new Map([...rows, ...answer.filter(([, value]) => value !== undefined)]);
}

function cell(value) {
  if (value === undefined) return h("span", { class: "cb-quiet" }, "\u2013");
  const text = typeof value === "string" ? value : flow(value);
  return h("code", {}, kept(text));
}

start();
