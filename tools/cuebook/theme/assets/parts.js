// The pieces that the pages which are programs have in common: elements, published JSON, diffs to look at.
// Text goes in as text: nothing here reads markup.
import { MEANING } from "./worddiff.js";

/** An element; functions among the attributes listen, true is alone, null and false leave out. */
export function h(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child != null && child !== false));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** The mark of a state, from the page's sheet of marks. */
export function mark(state) {
  const made = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#m-${state}`);
  made.setAttribute("class", `cb-mark cb-${state}`);
  made.setAttribute("aria-hidden", "true");
  made.append(use);
  return made;
}

/** The element of this page's own id `cb-...`. */
export const at = (id) => document.getElementById(`cb-${id}`);

/** Replace what is inside an element. */
export function fill(target, ...children) {
  target.replaceChildren(...children.flat(Infinity).filter((child) => child != null && child !== false));
}

/** Fill a select with [value, words] pairs and choose one. */
export function options(select, pairs, chosen) {
  fill(select, pairs.map(([value, words]) => h("option", { value, selected: String(value) === String(chosen) }, words)));
  select.value = chosen;
}

const NUMBERS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?/g;

/** JSON, refused where a browser would change a number. */
export function readJson(text) {
  const value = JSON.parse(text);
  for (const [found] of text.matchAll(NUMBERS)) {
    const whole = /^-?\d+$/.test(found);
    if (found[0] !== '"' && !(whole ? Number.isSafeInteger(Number(found)) : Number.isFinite(Number(found)))) {
      throw new Error(`browsers cannot hold the number ${found.slice(0, 40)}`);
    }
  }
  return value;
}

/** A published file, by its path below the site's root. Rejects with a sentence for people. */
export async function load(path, cache = "no-cache") {
  let answer;
  try {
    answer = await fetch(path, { cache });
  } catch {
    throw new Error(`${path} could not be fetched: the site cannot be reached`);
  }
  if (!answer.ok) throw new Error(`${path} could not be fetched: the site answered ${answer.status}`);
  const text = await answer.text();
  try {
    return readJson(text);
  } catch (error) {
    throw new Error(`${path} cannot be used here: ${error.message}`);
  }
}

const part = encodeURIComponent;
export const everyPrompt = (cache) => load("api/v1/index.json", cache);
export const promptIndex = (name, cache) => load(`api/v1/prompts/${part(name)}/index.json`, cache);
export const versionOf = (name, number, cache) =>
  load(`api/v1/prompts/${part(name)}/versions/${part(number)}.json`, cache);
export const verdictOf = (name, entry) =>
  load(`api/v1/evaluations/${part(name)}/${part(entry.version)}/${part(entry.suite)}.json`);

/** The version an app gets: the one in production, or the newest. */
export const liveOf = (index) => index.aliases.production ?? index.latest;

/** The number of the next version: one that neither a version nor an erased one had. */
export const nextNumber = (index) =>
  Math.max(...index.versions.map((entry) => entry.version), ...(index.erased ?? [])) + 1;

/** [number, words] for each version, newest first: its aliases and why it was made. */
export function versionChoices(index) {
  return [...index.versions]
    .sort((a, b) => b.version - a.version)
    .map((entry) => {
      const aliases = Object.keys(index.aliases).filter((alias) => index.aliases[alias] === entry.version);
      const words = [`v${entry.version}`, ...aliases, ...(entry.retired ? ["retired"] : []), brief(entry.message)];
      return [entry.version, words.join(" \u00b7 ")];
    });
}

/** The beginning of a text, on one line. */
export function brief(text) {
  const letters = [...text.replace(/\s+/g, " ")];
  return letters.length <= 60 ? letters.join("") : `${letters.slice(0, 59).join("")}\u2026`;
}

const UNSEEN =
  /([\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}])/u;
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]/g;

/** A character's number as people write it. */
export const codeOf = (char) => `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

/** Text to read, with characters that nobody can see named beside their place. */
export function kept(text) {
  return text.split(UNSEEN).map((piece, index) => {
    const shown = piece.replace(CONTROL, "\ufffd");
    return index % 2 ? h("span", { class: "cb-unseen", "data-name": codeOf(piece) }, shown) : shown;
  });
}

/** Explain each word of the glossary, `terms` by how it is written, where a chip of `root` uses it first. */
export function explain(root, terms) {
  const told = new Set([...root.querySelectorAll("abbr")].map((one) => one.textContent.toLowerCase()));
  for (const chip of root.querySelectorAll(".cb-chip, .cb-explained")) {
    const word = chip.textContent.trim().toLowerCase();
    if (!terms[word] || told.has(word) || chip.querySelector("abbr")) continue;
    told.add(word);
    fill(chip, h("abbr", { title: terms[word] }, chip.textContent));
  }
}

/** Words for screen readers only. */
export const hidden = (words) => h("span", { class: "cb-hidden" }, words);

/** Changes between two versions as a list, each with how much it matters. */
export function changeList(found, describe) {
  if (!found.length) return h("p", { class: "cb-quiet" }, "Nothing that changes behaviour.");
  const items = found.map((one) =>
    h(
      "li",
      { class: `cb-change cb-change-${one.severity}` },
      h("span", { class: `cb-chip cb-chip-${one.severity}` }, MEANING[one.severity]),
      h("span", {}, kept(describe(one))),
    ));
  return h("ul", { class: "cb-changes" }, items);
}

const CONTEXT = 3;

// Runs of lines with whether they are shown: changes, and a few equal lines around them.
function groups(lines) {
  const near = lines.map((_, at) =>
    lines.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some((line) => line.kind !== "same"));
  const found = [];
  let start = 0;
  for (let end = 1; end <= lines.length; end++) {
    if (end < lines.length && near[end] === near[start]) continue;
    const run = lines.slice(start, end);
    found.push([run, near[start] || run.length <= 2]);
    start = end;
  }
  return found;
}

const MARK = { removed: ["del", "removed"], added: ["ins", "added"] };

function shownWords(segments, kind) {
  if (!segments.length) {
    if (kind === "same") return [h("br")];
    const [name, said] = MARK[kind] ?? MARK.added;
    return [h(name, {}, hidden(`${said}: empty line`), h("span", { "aria-hidden": "true" }, "\u21b5"))];
  }
  return segments.map(({ kind: which, text }) => {
    if (which === "same") return kept(text);
    const [name, said] = MARK[which];
    return h(name, {}, hidden(`${said}: `), kept(text));
  });
}

const skipped = (run) => `${run.length} equal lines`;

/** A word diff in one column; long runs of equal lines are folded away. */
export function inlineDiff(lines) {
  const row = (line) => h("div", { class: `cb-l cb-l-${line.kind}` }, shownWords(line.segments, line.kind));
  const rows = groups(lines).map(([run, open]) => (open ? run.map(row) : h("div", { class: "cb-skip" }, skipped(run))));
  return h("div", { class: "cb-diff", role: "group", "aria-label": "Words that differ" }, rows);
}

/** A word diff in two columns, headed by these words. */
export function sidesDiff(lines, old, fresh) {
  const side = (line, number, dropped) => {
    const segments = line.segments.filter((one) => one.kind !== dropped);
    return number === null ? h("td", { class: "cb-none" }) : h("td", { class: "cb-l" }, shownWords(segments, line.kind));
  };
  const row = (line) =>
    h("tr", { class: `cb-l-${line.kind}` }, side(line, line.old, "added"), side(line, line.new, "removed"));
  const rows = groups(lines).map(([run, open]) =>
    open ? run.map(row) : h("tr", {}, h("td", { class: "cb-skip", colspan: 2 }, skipped(run))));
  const head = h("thead", {}, h("tr", {}, [old, fresh].map((words) => h("th", { scope: "col" }, words))));
  return h("table", { class: "cb-sides", "aria-label": "Both texts" }, head, h("tbody", {}, rows));
}

/** Passages of two versions, each under its role, drawn by `draw`. */
export function passageList(found, draw) {
  return found.map((one) => {
    const roles = [one.oldRole, one.newRole].filter((role) => role !== null);
    let words = [...new Set(roles)].join(" to ");
    if (roles.length === 1) words += one.oldRole === null ? " (added)" : " (removed)";
    return h("section", { class: "cb-message" }, h("h3", { class: "cb-role" }, kept(words)), draw(one.lines));
  });
}
