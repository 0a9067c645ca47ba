// The log of moves and of versions that were retired or erased: filtered, continued from the published events,
// and what was live at a moment.
// What is chosen is in the address. Without this the newest moves can be read by day.
import { at, everyPrompt, fill, h, kept, load, mark } from "./parts.js";

const STEP = 100;
const KINDS = {
  "alias-moved": "moved", "alias-removed": "moved", "split-changed": "split",
  "version-retired": "retired", "version-erased": "erased", "version-returned": "returned",
};
const MANY = 12; // versions before one opens their list
const EVENTS = "api/v1/events.json";
const REPORT = /evaluations\/([^/]+)\/(\d+)\/([^/]+?)(?:\.([0-9a-f]{8}))?\.json$/;

const root = at("history");
const log = root.querySelector(".cb-log");
const bar = root.querySelector(".cb-find");
const box = root.querySelector(".cb-asof");
const fields = [...root.querySelectorAll(".cb-find [name], .cb-asof [name]")];
const states = new Map([...bar.querySelectorAll("[name=evidence] option")].map((one) => [one.value, one.textContent]));
const total = Number(root.dataset.total);
const first = Number(root.dataset.shown);
let rows = [...log.querySelectorAll("tr[data-id]")].map((row) => ({ row, text: row.textContent.toLowerCase() }));
let known = null;
let erased = new Set();
let most = first;

const value = (name) => fields.find((field) => field.name === name)?.value ?? "";
const part = encodeURIComponent;

/** Every event of every year with the owners of its prompt, fetched when somebody asks for more than is here. */
async function everything() {
  known ??= (async () => {
    const [index, { events, earlier }] = await Promise.all([everyPrompt(), load(EVENTS)]);
    const before = await Promise.all(earlier.map((path) => load(path, "default")));
    const owners = new Map(index.prompts.map((entry) => [entry.name, entry.owners]));
    const all = [...events, ...before.flatMap((year) => year.events)];
    erased = new Set(all.filter((one) => one.kind === "version-erased").map((one) => `${one.prompt}/${one.version}`));
    return all.filter((one) => KINDS[one.kind])
      .map((one) => ({ ...one, what: KINDS[one.kind], owners: owners.get(one.prompt) ?? [] }));
  })();
  return known;
}

const shortId = (event) => event.id.replace(/^alias:/, "");
const chip = (alias) => h("span", { class: `cb-chip cb-chip-${alias === "production" ? "live" : "alias"}` }, alias);
// An erased version has no page.
const isErased = (event, number) => erased.has(`${event.prompt}/${number}`);
const page = (event, number) => (isErased(event, number) ? h("span", {}, `v${number}`) : h("a", { class: "cb-version", href: `prompts/${part(event.prompt)}/v${number}.html` }, `v${number}`));

function evidence(event) {
  return event.evidence.map((url) => {
    const [, name, number, suite, key] = REPORT.exec(url) ?? [];
    if (!name) return null;
    const report = `reports/${part(name)}/v${number}/${part(suite)}`;
    return [" ", h("a", { href: key ? `${report}/as-of-${key}.html` : `${report}.html` }, "Evidence")];
  });
}

function commit(event) {
  const { repo } = root.dataset;
  const short = h("code", {}, event.commit.slice(0, 8));
  const number = event.pull_request ? `#${event.pull_request}` : null;
  if (!repo) return [short, number && ` ${number}`];
  return [h("a", { href: `${repo}/commit/${part(event.commit)}` }, short),
    number && [" ", h("a", { href: `${repo}/pull/${event.pull_request}` }, number)]];
}

const moved = (event) => [chip(event.alias), " ", h("span", { class: "cb-nowrap" },
  event.previous ? [page(event, event.previous), " \u2192 "] : null, event.version ? h("strong", {}, page(event, event.version)) : "none")];

const ended = (event) => [h("span", { class: "cb-chip cb-chip-tag" }, event.what), " ",
  h("strong", {}, page(event, event.version))];

const split = (event) => [chip(event.alias), " ", event.tries.length
  ? event.tries.map((one) => [`${one.share}% \u2192 `, h("strong", {}, page(event, one.version)), " "]) : root.dataset.noTry];

const SHOWN = { moved, split };

function rowOf(event) {
  const time = new Date(event.time);
  const none = event.what === "moved" ? "Taken off" : event.tries?.length ? root.dataset.onPage : root.dataset.needsNone;
  const state = event.state
    ? [h("span", { class: `cb-badge cb-${event.state}` }, mark(event.state), states.get(event.state)),
      event.recorded ? null : h("span", { class: "cb-quiet cb-small" }, " as known today")]
    : h("span", { class: "cb-quiet" }, none);
  const cells = {
    time: h("time", { datetime: event.time }, `${time.toISOString().slice(11, 16)} UTC`),
    prompt: h("a", { class: "cb-ref", href: `prompts/${part(event.prompt)}/index.html` }, event.prompt),
    move: (SHOWN[event.what] ?? ended)(event),
    verdict: state,
    why: event.headline || event.evidence.length ? h("div", { class: "cb-told" }, kept(event.headline), evidence(event))
      : h("span", { class: "cb-nothing" }, "\u2013"),
    who: kept(event.who),
    commit: commit(event),
  };
  const row = h("tr", { "data-id": shortId(event), "data-kind": event.what, "data-alias": event.alias,
    "data-evidence": event.state, "data-owners": JSON.stringify(event.owners) },
    Object.entries(cells).map(([name, inside]) => h("td", { class: `cb-log-${name}` }, inside)));
  return { row, text: row.textContent.toLowerCase() };
}

const dayOf = (time) => new Date(time).toLocaleDateString("en-GB", { timeZone: "UTC", day: "numeric", month: "long", year: "numeric" });

/** Add the moves that are not on the page yet, each below its day. */
async function rest() {
  if (rows.length >= total) return;
  const there = new Set(rows.map(({ row }) => row.dataset.id));
  let last = log.tBodies[log.tBodies.length - 1];
  for (const event of (await everything()).filter((one) => !there.has(shortId(one)))) {
    const made = rowOf(event);
    const day = dayOf(event.time);
    if (last?.querySelector(".cb-day").textContent !== day) {
      last = h("tbody", {}, h("tr", { class: "cb-day" }, h("th", { colspan: 7, scope: "rowgroup" }, day)));
      log.append(last);
    }
    last.append(made.row);
    rows.push(made);
  }
}

function matches({ row, text }) {
  const asked = value("words").toLowerCase().split(/\s+/).filter(Boolean);
  const { alias, kind, owners, evidence: state } = row.dataset;
  return asked.every((word) => text.includes(word)) && (!value("alias") || alias === value("alias"))
    && (!value("kind") || kind === value("kind")) && (!value("evidence") || state === value("evidence")) && (!value("owner") || JSON.parse(owners).includes(value("owner")));
}

function draw() {
  const found = rows.filter(matches);
  const shown = new Set(found.slice(0, most));
  for (const one of rows) one.row.hidden = !shown.has(one);
  for (const day of log.tBodies) day.hidden = !day.querySelector("tr[data-id]:not([hidden])");
  const counts = [...states].map(([state, word]) => [found.filter(({ row }) => row.dataset.evidence === state).length, word]);
  const told = counts.filter(([count, word]) => count && word !== "any").map(([count, word]) => `${count} ${word.toLowerCase()}`);
  for (const kind of ["retired", "erased", "returned"]) {
    const count = found.filter(({ row }) => row.dataset.kind === kind).length;
    if (count) told.push(`${count} ${kind}`);
  }
  const moves = rows.length < total ? `The newest ${rows.length} of ${total} entries` : `${found.length} ${found.length === 1 ? "entry" : "entries"}`;
  bar.querySelector("[role=status]").textContent = `${moves}${told.length ? `: ${told.join(", ")}` : ""}`;
  const left = found.length - shown.size + (rows.length < total ? total - rows.length : 0);
  fill(at("log-more"), left
    ? h("button", { type: "button", class: "cb-button", click: more }, `Show ${Math.min(STEP, left)} of ${left} older`) : null);
}

async function more() {
  most += STEP;
  await rest();
  draw();
}

/** The versions of each prompt that were retired or erased at a moment, by what they were. */
function endedAt(events, moment) {
  const last = new Map();
  for (const event of events) {
    const key = `${event.prompt}\n${event.version}`;
    if (event.what !== "moved" && Date.parse(event.time) <= moment && !last.has(key)) last.set(key, event);
  }
  const order = (event) => [event.what === "retired" ? 0 : 1, event.prompt, String(event.version).padStart(6, "0")].join("\n");
  return [...last.values()].filter((event) => event.what !== "returned").sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

/** What each alias pointed to at a moment: its last move before that says it. */
function liveAt(events, moment) {
  const last = new Map();
  for (const event of events.filter((one) => one.what === "moved")) {
    const key = `${event.alias}\n${event.prompt}`;
    if (Date.parse(event.time) <= moment && !last.has(key)) last.set(key, event);
  }
  const order = (event) => `${event.alias === "production" ? 0 : 1}${event.alias}\n${event.prompt}`;
  return [...last.values()].filter((event) => event.version).sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

async function then() {
  const target = at("live-then");
  const moment = Date.parse(value("zone") === "here" ? value("at") : `${value("at")}Z`);
  if (!value("at") || Number.isNaN(moment)) return fill(target, h("p", { class: "cb-quiet" }, "Choose a moment to see what was live."));
  const events = await everything();
  const found = liveAt(events, moment);
  const gone = endedAt(events, moment);
  const place = (event) => (isErased(event, event.version) ? null : `prompts/${part(event.prompt)}/v${event.version}.html`);
  const line = (event) => h(place(event) ? "a" : "span", { class: "cb-was", href: place(event) },
    h("span", { class: "cb-ref" }, event.prompt), ` v${event.version} `, mark(event.state),
    h("span", { class: "cb-hidden" }, states.get(event.state)));
  const aliases = [...new Set(found.map((event) => event.alias))];
  const names = (what) => gone.filter((one) => one.what === what).map((one) => `${one.prompt} v${one.version}`);
  const ends = ["retired", "erased"].filter((what) => names(what).length)
    .map((what) => h("p", {}, h("span", { class: "cb-chip cb-chip-tag" }, what), ` ${names(what).join(", ")}`));
  return fill(target, [found.length
    ? aliases.map((alias) => h("div", { class: "cb-row" }, chip(alias), found.filter((one) => one.alias === alias).map((one) => [line(one), " "])))
    : h("p", { class: "cb-quiet" }, "No alias pointed to anything then."),
  ends.length > 0 && gone.length > MANY ? h("details", {}, h("summary", {}, `${gone.length} versions retired or erased by then`), ends) : ends]);
}

async function apply() {
  const asked = new URLSearchParams();
  for (const field of fields) if (field.value) asked.set(field.name, field.value);
  const text = asked.toString();
  history.replaceState(history.state, "", `${location.pathname}${text && `?${text}`}${location.hash}`);
  try {
    if (["words", "kind", "alias", "evidence", "owner"].some((name) => value(name))) await rest();
    draw();
    await then();
  } catch (error) {
    bar.querySelector("[role=status]").textContent = error.message;
  }
}

const given = new URLSearchParams(location.search);
for (const field of fields) field.value = given.get(field.name) ?? "";
for (const field of fields) if (field.selectedIndex === -1) field.value = "";
bar.hidden = false;
box.hidden = false;
let waiting = 0;
root.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => { most = first; apply(); }, 120);
});
apply();
