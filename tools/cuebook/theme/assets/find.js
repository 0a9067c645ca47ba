// Search in the texts of all versions: every word has to be there. What is asked for is in the address.
import { at, fill, h, hidden, kept, load, mark } from "./parts.js";

const MOST = 30;
const STATES = JSON.parse(at("find")?.dataset.words ?? "{}");
const part = encodeURIComponent;

/** Text as it is compared: no difference of case or of how a letter is put together. */
export const plain = (text) => text.normalize("NFC").toLowerCase();
export const wordsOf = (text) => [...new Set(plain(text).split(/\s+/).filter(Boolean))];

/** The prompts with a version that has every word, each with the lines that say it and the versions of a line. */
export function search(prompts, asked) {
  const words = wordsOf(asked);
  if (!words.length) return [];
  const found = [];
  for (const prompt of prompts) {
    const about = plain([prompt.name, ...prompt.about].join("\n"));
    // For each line the words that it has, as bits.
    const bits = prompt.lines.map((line) => has(plain(line), words));
    const [known, all] = [has(about, words), 2 ** Math.min(words.length, 30) - 1];
    const groups = new Map();
    for (const version of prompt.versions) {
      const sum = version.lines.reduce((more, line) => more | bits[line], known);
      if (sum !== all) continue;
      const lines = fewest(version.lines, bits);
      const same = groups.get(lines.join()) ?? { lines, versions: [] };
      groups.set(lines.join(), { lines, versions: [...same.versions, version] });
    }
    if (groups.size) found.push({ prompt, groups: [...groups.values()], rank: rankOf(prompt, [...groups.values()], bits, known, all) });
  }
  return found.sort((a, b) => b.rank - a.rank || (a.prompt.name < b.prompt.name ? -1 : 1));
}

const has = (text, words) => words.slice(0, 30).reduce((sum, word, at) => (text.includes(word) ? sum | (1 << at) : sum), 0);
const count = (bits) => { let sum = 0; for (let left = bits; left; left &= left - 1) sum++; return sum; };

// Few lines that have what all of them have: always the one that adds most words.
function fewest(lines, bits) {
  const chosen = [];
  for (let seen = 0; ;) {
    const best = lines.reduce((top, line) => (count(bits[line] & ~seen) > count((bits[top] ?? 0) & ~seen) ? line : top), -1);
    if (best < 0) return chosen.sort((a, b) => a - b);
    chosen.push(best);
    seen |= bits[best];
  }
}

// A name first, then all words in one line of what is live, in what is in use, in one line of any.
function rankOf(prompt, groups, bits, known, all) {
  const used = new Set(Object.values(prompt.aliases));
  const scores = groups.map(({ lines, versions }) => {
    const live = versions.some((one) => one.version === prompt.aliases.production);
    return (lines.length === 1 && bits[lines[0]] === all ? 4 : 0) + (live ? 2 : versions.some((one) => used.has(one.version)) ? 1 : 0);
  });
  return Math.max(...scores) + (known === all ? 8 : 0);
}

/** A line with the words marked. */
export function marked(line, words) {
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|");
  return line.normalize("NFC").split(new RegExp(`(${pattern})`, "giu"))
    .map((piece, index) => (index % 2 ? h("mark", {}, kept(piece)) : kept(piece)));
}

function versionLink(prompt, version) {
  const aliases = Object.keys(prompt.aliases).filter((alias) => prompt.aliases[alias] === version.version);
  const chips = aliases.map((alias) => [" ", h("span", { class: `cb-chip cb-chip-${alias === "production" ? "live" : "alias"}` }, alias)]);
  const off = version.retired ? [" ", h("span", { class: "cb-chip cb-chip-off" }, "retired")] : null;
  return h("span", { class: "cb-nowrap" },
    h("a", { class: "cb-version", href: `prompts/${part(prompt.name)}/v${version.version}.html#text` }, mark(version.state),
      hidden(`${STATES[version.state]}:`), ` v${version.version}`),
    chips, off);
}

// Its title, and what else is said about it with one of the words.
function aboutLines({ name, about }, words) {
  const [title, ...rest] = about;
  const found = rest.filter((line) => line !== title && words.some((word) => plain(line).includes(word)));
  return [...(title && title !== name ? [title] : []), ...found.slice(0, 2)];
}

function hit({ prompt, groups }, words) {
  const lines = groups.map((group) => h("li", {},
    group.lines.map((line) => h("p", { class: "cb-line", dir: "auto" }, marked(prompt.lines[line], words))),
    h("p", { class: "cb-row" }, group.versions.map((version) => [versionLink(prompt, version), " "]))));
  return h("section", { class: "cb-hit" },
    h("h2", {}, h("a", { class: "cb-ref", href: `prompts/${part(prompt.name)}/index.html` }, prompt.name)),
    aboutLines(prompt, words).map((line) => h("p", { class: "cb-sub", dir: "auto" }, marked(line, words))),
    h("ul", { class: "cb-lines-found" }, lines));
}

const bare = (markup) => new DOMParser().parseFromString(markup, "text/html").body.textContent;

/** Passages of the guides with every word. */
export function searchGuides(docs, asked) {
  const words = wordsOf(asked);
  return docs.map(({ location, title, text }) => ({ location, title: bare(title), text: bare(text) }))
    .filter((one) => words.every((word) => plain(`${one.title}\n${one.text}`).includes(word)));
}

function around(text, words) {
  const first = Math.max(0, Math.min(...words.map((word) => plain(text).indexOf(word)).filter((place) => place >= 0), text.length));
  const start = Math.max(0, first - 60);
  return `${start ? "\u2026" : ""}${text.slice(start, first + 140)}${first + 140 < text.length ? "\u2026" : ""}`;
}

function guide({ location, title, text }, words) {
  return h("li", {}, h("a", { href: location }, title), h("p", { class: "cb-sub" }, marked(around(text, words), words)));
}

let fetched = null;
async function everything() {
  fetched ??= Promise.all([load("api/v1/texts.json"), load("search/search_index.json")])
    .then(([texts, index]) => ({ prompts: texts.prompts, docs: index.docs }));
  return fetched;
}

function start(root) {
  const field = root.querySelector("[name=words]");
  let most = MOST;
  let turn = 0;

  async function show() {
    const mine = ++turn;
    const words = wordsOf(field.value);
    history.replaceState(history.state, "", words.length ? `?${new URLSearchParams({ words: field.value })}` : location.pathname);
    try {
      const { prompts, docs } = words.length ? await everything() : { prompts: [], docs: [] };
      if (mine !== turn) return;
      const [found, guides] = [search(prompts, field.value), words.length ? searchGuides(docs, field.value) : []];
      at("found").textContent = words.length ? said(found, guides) : "";
      const help = h("section", { class: "cb-hit" }, h("h2", {}, "Guides"),
        h("ul", { class: "cb-lines-found" }, guides.slice(0, MOST).map((one) => guide(one, words))));
      fill(at("hits"), found.slice(0, most).map((one) => hit(one, words)), guides.length ? help : null);
      const left = found.length - most;
      fill(at("hits-more"), left > 0
        ? h("button", { type: "button", class: "cb-button", click: () => { most += MOST; show(); } }, `Show ${Math.min(MOST, left)} of ${left} more`)
        : null);
    } catch (error) {
      at("found").textContent = `${error.message}.`;
    }
  }

  field.value = new URLSearchParams(location.search).get("words") ?? "";
  let waiting = 0;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { most = MOST; show(); }, 150);
  });
  at("find-off").hidden = true;
  root.hidden = false;
  field.focus();
  show();
}

function said(found, guides) {
  const versions = found.reduce((sum, one) => sum + one.groups.reduce((more, group) => more + group.versions.length, 0), 0);
  const many = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
  if (!found.length && !guides.length) return "Nothing has all of these words.";
  return `${many(versions, "version")} of ${many(found.length, "prompt")}, ${many(guides.length, "passage")} of guides.`;
}

const root = at("find");
if (root) start(root);
