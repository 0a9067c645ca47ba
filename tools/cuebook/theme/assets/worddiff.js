// Two versions compared as tools/cuebook/registry/diff.py does it: the same lines, words, changes and severities.
// A test holds the two together, so whoever changes one changes the other.

import { PLACEHOLDER, bothKeys, needsSecond, said, toolChanges, toolTexts } from "./tooldiff.js";

export const TEMPLATE = "template";
/** What is said of a change, in the words of the pages and of cuebook diff. */
export const MEANING = { breaking: "breaks callers", notable: "may change answers", minor: "changes neither" };
const RANK = { breaking: 0, notable: 1, minor: 2 };
const SEVERITIES = {
  "artifact-format": "breaking",
  "placeholder-moved": "notable",
  "tools-first": "breaking",
  "tool-added": "notable",
  "tool-removed": "breaking",
  "tool-renamed": "breaking",
  "tool-parameter-added": "breaking",
  "tool-parameter-removed": "breaking",
  "tool-parameter-unused": "notable",
  "tool-parameter-type": "breaking",
  "tool-parameter-optional": "breaking",
  "tool-parameter-required": "notable",
  "tool-values-added": "breaking",
  "tool-values-removed": "notable",
  "tool-description": "notable",
  "tool-schema": "notable",
  "tool-order": "notable",
  "tool-choice": "notable",
  "parallel-calls": "notable",
  "template-kind": "breaking",
  "template-format": "notable",
  "input-added-required": "breaking",
  "input-added": "minor",
  "input-removed": "breaking",
  "input-type": "breaking",
  "input-default": "notable",
  "response-format": "breaking",
  "response-schema": "breaking",
  model: "notable",
  parameter: "notable",
  "message-role": "notable",
  "message-added": "notable",
  "message-removed": "notable",
  text: "notable",
};
const MAX_TOKEN_PAIRS = 2_000_000;
const MAX_LINE_PAIRS = 40_000;
const LIKENESS = 0.35;

// What Python calls white space; JavaScript's own \s differs in a handful of characters.
export const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const CJK = "\\u3040-\\u30ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\uac00-\\ud7af\\uf900-\\ufaff";
const MARKS = "!-\\/:-@\\[-\\^`\\{-~\\u2010-\\u205e\\u3000-\\u303f\\uff01-\\uff0f";
const VISIBLE = `\\{\\{[^{}\\n]*\\}\\}|[^${SPACE}${MARKS}${CJK}]+|[${MARKS}${CJK}]`;
const WORD = new RegExp(VISIBLE, "gu");
const TOKEN = new RegExp(`${VISIBLE}|[ \\t]+|[${SPACE}]`, "gu");
const ONLY_SPACE = new RegExp(`^[${SPACE}]+$`, "u");
const SPACES = new RegExp(`[${SPACE}]+`, "u");

const isSpace = (text) => ONLY_SPACE.test(text);
const isBlank = (text) => text === "" || isSpace(text);
const range = (from, to) => Array.from({ length: to - from }, (_, at) => from + at);

/** Whether two JSON values are equal; the order of keys does not count. */
export function same(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || !a || !b || Array.isArray(a) !== Array.isArray(b)) {
    return false;
  }
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && same(a[key], b[key]));
}

/** Everything that differs in behaviour, breaking changes first; each {kind, path, old, new, severity}. */
export function changes(old, fresh) {
  const found = [
    ...settings(old, fresh),
    ...inputs(old.inputs, fresh.inputs),
    ...parameters(old.modelParameters, fresh.modelParameters),
    ...moved(textsChanged(texts(old), texts(fresh))),
    ...toolChanges(old, fresh).map((one) => change(...one)),
  ];
  return found.sort((a, b) => RANK[a.severity] - RANK[b.severity]);
}

/** Each message or template of the two, paired, with its word diff, in reading order. */
export function passages(old, fresh) {
  const before = texts(old);
  const after = texts(fresh);
  const [a, b] = [toolTexts(old), toolTexts(fresh)];
  return [
    ...pairedTexts(before, after).map(([i, j]) => passage(before, after, i, j)),
    ...bothKeys(a, b).map((name) => toolPassage(name, a, b)),
  ];
}

function change(kind, path, old, fresh, severity = SEVERITIES[kind]) {
  return { kind, path, old: old ?? null, new: fresh ?? null, severity };
}

function settings(old, fresh) {
  const found = [];
  if (needsSecond(fresh) && !needsSecond(old)) found.push(change("artifact-format", "schema", "1", "2"));
  const kinds = [old, fresh].map((side) => (side.template === null ? "chat" : "text"));
  if (kinds[0] !== kinds[1]) found.push(change("template-kind", "messages", ...kinds));
  for (const [kind, key] of [
    ["response-format", "responseFormat"],
    ["response-schema", "jsonSchema"],
    ["template-format", "templateFormat"],
    ["model", "model"],
  ]) {
    if (!same(old[key], fresh[key])) found.push(change(kind, key, old[key], fresh[key]));
  }
  return found;
}

const allKeys = (a, b) => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();

function inputs(old, fresh) {
  return allKeys(old, fresh).flatMap((name) => {
    const path = `inputs.${name}`;
    if (!Object.hasOwn(old, name)) {
      const kind = Object.hasOwn(fresh[name], "default") ? "input-added" : "input-added-required";
      return [change(kind, path, null, fresh[name])];
    }
    if (!Object.hasOwn(fresh, name)) return [change("input-removed", path, old[name], null)];
    return input(path, old[name], fresh[name]);
  });
}

function input(path, old, fresh) {
  const found = [];
  const types = [old.type ?? "string", fresh.type ?? "string"];
  const has = [old, fresh].map((spec) => Object.hasOwn(spec, "default"));
  if (types[0] !== types[1]) found.push(change("input-type", path, ...types));
  if (has[0] !== has[1] || !same(old.default ?? null, fresh.default ?? null)) {
    found.push(change("input-default", path, old.default, fresh.default, has[1] ? "notable" : "breaking"));
  }
  return found;
}

function parameters(old, fresh) {
  const value = (side, name) => (Object.hasOwn(side, name) ? side[name] : null);
  return allKeys(old, fresh)
    .filter((name) => !same(value(old, name), value(fresh, name)))
    .map((name) => change("parameter", `modelParameters.${name}`, value(old, name), value(fresh, name)));
}

function texts(side) {
  if (side.template !== null) return [{ role: TEMPLATE, content: side.template }];
  return (side.messages ?? []).map(said);
}

function moved(found) {
  const ends = found.filter((one) => ["message-added", "message-removed"].includes(one.kind) && (one.new ?? one.old).role === PLACEHOLDER);
  if (ends.length < 2) return found;
  const [old, fresh] = ["message-removed", "message-added"].map((kind) => ends.find((one) => one.kind === kind));
  return [...found.filter((one) => !ends.includes(one)), change("placeholder-moved", fresh.path, old.path, fresh.path)];
}

function toolPassage(name, old, fresh) {
  const role = `tool ${name}`;
  const path = `tools.${name}`;
  if (old.has(name) && fresh.has(name)) return { path, oldRole: role, newRole: role, lines: wordDiff(old.get(name), fresh.get(name)) };
  const kind = old.has(name) ? "removed" : "added";
  const lines = oneSided(kind, (old.get(name) ?? fresh.get(name)).split("\n"), 0);
  return { path, oldRole: old.has(name) ? role : null, newRole: old.has(name) ? null : role, lines };
}

const place = (all, at) => (all[at].role === TEMPLATE ? TEMPLATE : `messages[${at}]`);

function textsChanged(old, fresh) {
  return pairedTexts(old, fresh).flatMap(([i, j]) => {
    if (i === null) return [change("message-added", place(fresh, j), null, fresh[j])];
    if (j === null) return [change("message-removed", place(old, i), old[i], null)];
    return textChanged(place(fresh, j), old[i], fresh[j]);
  });
}

function textChanged(path, old, fresh) {
  const found = [];
  if (old.role !== fresh.role && old.role !== TEMPLATE && fresh.role !== TEMPLATE) {
    found.push(change("message-role", `${path}.role`, old.role, fresh.role));
  }
  if (old.content !== fresh.content) {
    const [a, b] = [old, fresh].map((text) => text.content.split(SPACES).filter(Boolean));
    found.push(change("text", path, old.content, fresh.content, same(a, b) ? "minor" : "notable"));
  }
  return found;
}

function pairedTexts(old, fresh) {
  const [a, b] = [old, fresh].map((side) => side.map((text) => words(text.content)));
  // A rewritten message is still the same message when its role stayed.
  // Of a conversation and a message that changed places, the conversation is what moved.
  const bonus = (role) => (role === PLACEHOLDER ? 0.4 : 0.5);
  const likeness = (i, j) => share(a[i], b[j]) + (old[i].role === fresh[j].role ? bonus(old[i].role) : -0.15);
  return align(range(0, old.length), range(0, fresh.length), likeness);
}

function passage(old, fresh, i, j) {
  const [before, after] = [i === null ? null : old[i], j === null ? null : fresh[j]];
  const path = j === null ? place(old, i) : place(fresh, j);
  let lines;
  if (before && after) lines = wordDiff(before.content, after.content);
  else if (before) lines = oneSided("removed", before.content.split("\n"), 0);
  else lines = oneSided("added", after.content.split("\n"), 0);
  return { path, oldRole: before?.role ?? null, newRole: after?.role ?? null, lines };
}

/** Whether role or text of a passage differ. */
export const differs = (one) => one.oldRole !== one.newRole || one.lines.some((line) => line.kind !== "same");

const SENTENCES = {
  "artifact-format": (c) => `apps need a Cuebook that reads cuebook/version/${c.new}; older ones refuse it`,
  "placeholder-moved": () => "the placeholder of the conversation moved",
  "tools-first": (c) => `the first tool was added, ${c.name}: answers may now be calls of it`,
  "tool-added": (c) => `the tool ${c.name} was added`,
  "tool-removed": (c) => `the tool ${c.name} is gone`,
  "tool-renamed": (c) => `the tool ${c.old} is called ${c.new} now`,
  "tool-parameter-added": (c) => `tool parameter ${c.name} is new (${c.new}): the handler gets it`,
  "tool-parameter-removed": (c) => `tool parameter ${c.name} is gone, and was required`,
  "tool-parameter-unused": (c) => `tool parameter ${c.name} is gone, and was optional`,
  "tool-parameter-type": (c) => `tool parameter ${c.name} was ${c.old} and is ${c.new}`,
  "tool-parameter-optional": (c) => `tool parameter ${c.name} was required: calls may leave it out now`,
  "tool-parameter-required": (c) => `tool parameter ${c.name} was optional and is required`,
  "tool-values-added": (c) => `tool parameter ${c.name} may have other values: ${c.new}`,
  "tool-values-removed": (c) => `tool parameter ${c.name} may no longer have: ${c.old}`,
  "tool-description": (c) => `the description of the tool ${c.name} changed`,
  "tool-schema": (c) => `the schema of the tool ${c.name} changed`,
  "tool-order": (c) => `the order of the tools changed: ${c.new}`,
  "tool-choice": (c) => `the choice of a tool was ${c.old} and is ${c.new}`,
  "parallel-calls": (c) => `several calls in one answer: ${c.old} became ${c.new}`,
  "template-kind": (c) => `the prompt was ${c.old} and is ${c.new}: format() returns another type`,
  "template-format": (c) => `template format: ${c.old} became ${c.new}`,
  "input-added-required": (c) => `input ${c.name} is new and required: callers must pass it`,
  "input-added": (c) => `input ${c.name} is new, with the default ${c.new}`,
  "input-removed": (c) => `input ${c.name} is gone: callers that pass it get an error`,
  "input-type": (c) => `input ${c.name} was ${c.old} and is ${c.new}`,
  "input-default": (c) =>
    c.severity === "breaking"
      ? `input ${c.name} has lost its default ${c.old}: callers must pass it`
      : `the default of input ${c.name} was ${c.old} and is ${c.new}`,
  "response-format": (c) => `response format: ${c.old} became ${c.new}`,
  "response-schema": () => "the JSON Schema of the answer changed",
  model: (c) => `model: ${c.old} became ${c.new}`,
  parameter: (c) => `${c.name}: ${c.old} became ${c.new}`,
  "message-role": (c) => `the role of a message was ${c.old} and is ${c.new}`,
  "message-added": (c) => `there is a new ${c.new} message`,
  "message-removed": (c) => `the ${c.old} message is gone`,
  text: (c) => `the text of ${c.place} changed${c.severity === "minor" ? " in white space only" : ""}`,
};

/** One plain sentence for people; long texts are left to the word diff. */
export function describe(one) {
  const number = /^messages\[(\d+)\]$/.exec(one.path);
  return SENTENCES[one.kind]({
    name: one.path.includes(".") ? one.path.slice(one.path.indexOf(".") + 1) : one.path,
    place: number ? `message ${Number(number[1]) + 1}` : `the ${one.path}`,
    old: brief(one.old),
    new: brief(one.new),
    severity: one.severity,
  });
}

function brief(value) {
  const plain = value && typeof value === "object" && !Array.isArray(value) ? value.role ?? value.default : value;
  const text = plain == null ? "not set" : typeof plain === "string" ? plain : JSON.stringify(plain);
  const letters = [...text];
  return letters.length <= 120 ? text : `${letters.slice(0, 119).join("")}\u2026`;
}

/** Two texts line by line, similar lines paired, the words that differ marked inside them.

    Each line is {kind, segments: [{kind, text}], old, new}; numbers count from 1, null where there is none. */
export function wordDiff(old, fresh) {
  const a = old.split("\n");
  const b = fresh.split("\n");
  const made = [];
  for (const [equal, i1, i2, j1, j2] of lineBlocks(a, b)) {
    if (equal) for (let k = 0; k < i2 - i1; k++) made.push(line("same", segment("same", a[i1 + k]), i1 + k + 1, j1 + k + 1));
    else made.push(...replaced(a, b, range(i1, i2), range(j1, j2)));
  }
  return made;
}

const line = (kind, segments, old, fresh) => ({ kind, segments, old, new: fresh });
const segment = (kind, text) => (text ? [{ kind, text }] : []);

function lineBlocks(a, b) {
  if (a.length * b.length > MAX_TOKEN_PAIRS && !same(a, b)) return [[false, 0, a.length, 0, b.length]];
  // Blank lines are no anchors: they would pair paragraphs that have nothing in common.
  return blocks(a, b, isBlank);
}

function replaced(a, b, left, right) {
  if (left.length * right.length > MAX_LINE_PAIRS) {
    const [old, fresh] = [left.map((i) => a[i]), right.map((j) => b[j])];
    return [...oneSided("removed", old, left[0]), ...oneSided("added", fresh, right[0])];
  }
  const counts = (side, all) => new Map(all.map((at) => [at, words(side[at])]));
  const [ca, cb] = [counts(a, left), counts(b, right)];
  return align(left, right, (i, j) => share(ca.get(i), cb.get(j))).flatMap(([i, j]) => {
    if (i !== null && j !== null) return [pairedLine(a[i], b[j], i + 1, j + 1)];
    return i === null ? oneSided("added", [b[j]], j) : oneSided("removed", [a[i]], i);
  });
}

function oneSided(kind, lines, start) {
  const number = (at) => (kind === "removed" ? [start + at + 1, null] : [null, start + at + 1]);
  return lines.map((text, at) => line(kind, segment(kind, text), ...number(at)));
}

function pairedLine(old, fresh, i, j) {
  return old === fresh ? line("same", segment("same", old), i, j) : line("changed", wordSegments(old, fresh), i, j);
}

function wordSegments(old, fresh) {
  const [a, b] = [old.match(TOKEN) ?? [], fresh.match(TOKEN) ?? []];
  if (a.length * b.length > MAX_TOKEN_PAIRS) return [...segment("removed", old), ...segment("added", fresh)];
  return merged(a, b).flatMap(([equal, left, right]) =>
    equal ? [{ kind: "same", text: left }] : [...segment("removed", left), ...segment("added", right)]);
}

// Runs of equal and of different words; white space between two differences joins them.
function merged(a, b) {
  const found = blocks(a, b, isSpace);
  const runs = [];
  found.forEach(([equal, i1, i2, j1, j2], at) => {
    const [left, right] = [a.slice(i1, i2).join(""), b.slice(j1, j2).join("")];
    const alike = equal && !(at > 0 && at < found.length - 1 && isSpace(left));
    const last = runs.at(-1);
    if (last && !alike && !last[0]) runs[runs.length - 1] = [false, last[1] + left, last[2] + right];
    else runs.push([alike, left, right]);
  });
  return runs;
}

function words(text) {
  const counts = new Map();
  for (const word of text.match(WORD) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

// Words in common, on [0, 1] (Dice's coefficient over multisets).
function share(a, b) {
  const total = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0);
  const all = total(a) + total(b);
  let common = 0;
  for (const [word, count] of a) common += Math.min(count, b.get(word) ?? 0);
  return all ? (2 * common) / all : 1;
}

// Pairs items in order so that the pairs' likeness adds up to the most (Needleman and Wunsch 1970).
function align(left, right, likeness) {
  const like = left.map((i) => right.map((j) => likeness(i, j)));
  const best = Array.from({ length: left.length + 1 }, () => new Float64Array(right.length + 1));
  const paired = (x, y) => (like[x][y] >= LIKENESS ? best[x + 1][y + 1] + like[x][y] : 0);
  for (let x = left.length - 1; x >= 0; x--) {
    for (let y = right.length - 1; y >= 0; y--) best[x][y] = Math.max(paired(x, y), best[x + 1][y], best[x][y + 1]);
  }
  const pairs = [];
  let [x, y] = [0, 0];
  while (x < left.length && y < right.length) {
    if (like[x][y] >= LIKENESS && best[x][y] === paired(x, y)) pairs.push([left[x++], right[y++]]);
    else if (best[x][y] === best[x + 1][y]) pairs.push([left[x++], null]);
    else pairs.push([null, right[y++]]);
  }
  return [...pairs, ...left.slice(x).map((i) => [i, null]), ...right.slice(y).map((j) => [null, j])];
}

// Runs [equal, i1, i2, j1, j2] that turn a into b, by longest common runs (Ratcliff and Obershelp 1988).
// Junk begins no run but may lengthen one.
function blocks(a, b, isJunk) {
  const where = new Map();
  b.forEach((item, j) => {
    if (isJunk(item)) return;
    if (where.has(item)) where.get(item).push(j);
    else where.set(item, [j]);
  });
  const found = [];
  const open = [[0, a.length, 0, b.length]];
  while (open.length) {
    const [alo, ahi, blo, bhi] = open.pop();
    const [i, j, size] = longest(a, b, where, isJunk, alo, ahi, blo, bhi);
    if (!size) continue;
    found.push([i, j, size]);
    if (alo < i && blo < j) open.push([alo, i, blo, j]);
    if (i + size < ahi && j + size < bhi) open.push([i + size, ahi, j + size, bhi]);
  }
  return runsBetween(a, b, found.sort((p, q) => p[0] - q[0] || p[1] - q[1]));
}

function longest(a, b, where, isJunk, alo, ahi, blo, bhi) {
  let [i, j, size] = [alo, blo, 0];
  let ending = new Map();
  for (let x = alo; x < ahi; x++) {
    const next = new Map();
    for (const y of where.get(a[x]) ?? []) {
      if (y < blo) continue;
      if (y >= bhi) break;
      const length = (ending.get(y - 1) ?? 0) + 1;
      next.set(y, length);
      if (length > size) [i, j, size] = [x - length + 1, y - length + 1, length];
    }
    ending = next;
  }
  for (const junk of [false, true]) {
    while (i > alo && j > blo && a[i - 1] === b[j - 1] && isJunk(b[j - 1]) === junk) [i, j, size] = [i - 1, j - 1, size + 1];
    while (i + size < ahi && j + size < bhi && a[i + size] === b[j + size] && isJunk(b[j + size]) === junk) size++;
  }
  return [i, j, size];
}

function runsBetween(a, b, found) {
  const runs = [];
  let [i, j] = [0, 0];
  for (const [x, y, size] of [...found, [a.length, b.length, 0]]) {
    if (i < x || j < y) runs.push([false, i, x, j, y]);
    const last = runs.at(-1);
    if (size && last?.[0] && last[2] === x && last[4] === y) runs[runs.length - 1] = [true, last[1], x + size, last[3], y + size];
    else if (size) runs.push([true, x, x + size, y, y + size]);
    [i, j] = [x + size, y + size];
  }
  return runs;
}
