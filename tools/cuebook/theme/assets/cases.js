// Every case of a verdict: what became of each as the site's own pages say it, searched, filtered and drawn
// a screenful at a time. What is chosen stands in the address.
import { at, fill, h, kept, load } from "./parts.js";
import { wordDiff } from "./worddiff.js";

const PAGE = 50;
const ALIKE = 0.4;
const FIRST_WORDS = 280;
const KINDS = {
  broken: "broken", failed: "no answer", dropped: "no score", mixed: "mixed", worse: "worse",
  wrong: "both wrong", better: "better", fixed: "fixed", same: "same",
};
const PLAIN_ENDS = ["", "stop", "end_turn"];
const ALONE = { broken: "fails", same: "passes" };
const ANSWERS = ["answer", "expected", "reference", "label", "output"];
const QUOTED = /["\u201c]([^"\u201c\u201d]{4,})["\u201d]/g;
const NONE = "\u2013";

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));
const measured = (score) => score !== undefined && score.value !== null && score.value !== undefined;

/** What became of each case of a verdict: the same as the pages made from it say. */
export function viewsOf(verdict) {
  const deciding = [...new Set(verdict.metrics.filter((one) => !one.advisory).map((one) => one.label))];
  const both = verdict.cases.filter((one) => one.baseline && Object.keys(one.baseline.scores).length);
  const paired = new Set(deciding.filter((label) =>
    both.some((one) => label in one.candidate.scores) && !both.some((one) => label in one.baseline.scores)));
  const judged = new Set(verdict.judges.map((judge) => judge.label));

  function change(one, label) {
    const fresh = one.candidate.scores[label];
    if (!measured(fresh)) return null;
    if (paired.has(label)) return fresh.value;
    const old = one.baseline?.scores[label];
    return measured(old) ? fresh.value - old.value : null;
  }

  function kindOf(one, changes) {
    const values = Object.values(changes);
    if (["worse", "better"].includes(one.change) && Math.min(0, ...values) < 0 && Math.max(0, ...values) > 0) {
      return "mixed";
    }
    const fails = deciding.some((label) => one.candidate.scores[label]?.passed === false);
    return one.change === "same" && one.baseline && fails ? "wrong" : one.change;
  }

  function speaks(one, changes) {
    const down = (one.difference ?? 0) <= 0;
    const rank = (label) => [
      (changes[label] <= 0) !== down, !judged.has(label) || !changes[label], down ? changes[label] : -changes[label],
    ];
    const before = (a, b) => rank(a).map((value, index) => value - rank(b)[index]).find((value) => value) ?? 0;
    return Object.keys(changes).sort(before)[0] ?? "";
  }

  return verdict.cases.map((one) => {
    const pairs = deciding.map((label) => [label, change(one, label)]).filter(([, value]) => value !== null);
    const changes = Object.fromEntries(pairs);
    const label = speaks(one, changes);
    const answers = [one.candidate.text, one.baseline?.text];
    const reasons = [one.candidate, one.baseline].flatMap((side) => Object.values(side?.scores ?? {}).map((s) => s.reason));
    const words = [one.id, ...Object.values(one.inputs).map(asText), ...Object.values(one.expectations).map(asText),
      ...answers, ...reasons];
    return {
      one, changes, label, deciding, paired,
      kind: kindOf(one, changes),
      reason: one.candidate.scores[label]?.reason ?? "",
      text: words.filter(Boolean).join("\n").toLowerCase(),
    };
  });
}

const byWorst = (a, b) => {
  const order = Object.keys(KINDS);
  return order.indexOf(a.kind) - order.indexOf(b.kind) || b.one.protected - a.one.protected
    || Math.abs(b.one.difference ?? 0) - Math.abs(a.one.difference ?? 0) || (a.one.id < b.one.id ? -1 : 1);
};
const byName = (a, b) => a.one.id.localeCompare(b.one.id, "en", { numeric: true });

const whole = (score) => {
  if (!score || score.state === "not_applicable") return NONE;
  return measured(score) ? (100 * score.value).toFixed(0).replace("-", "\u2212") : "no score";
};

function points(value) {
  if (value === null || value === undefined) return NONE;
  const text = Math.abs(100 * value).toFixed(1);
  return Number(text) === 0 ? text : `${value > 0 ? "+" : "\u2212"}${text}`;
}

function scored(view, label, alone) {
  const fresh = view.one.candidate.scores[label];
  if (view.paired.has(label)) return points(fresh?.value);
  return alone ? whole(fresh) : `${whole(view.one.baseline?.scores[label])} \u2192 ${whole(fresh)}`;
}

const brief = (text) => ([...text].length <= 160 ? text : `${[...text].slice(0, 159).join("")}\u2026`);
const anchor = (id) => `case-${id.replace(/[^A-Za-z0-9._:-]/g, "-")}`;
const cut = (text, most) =>
  (text.length <= most ? text : `${text.slice(0, most)}\u2026 (${(text.length - most).toLocaleString("en")} more characters)`);

function shortest(inputs) {
  const names = Object.keys(inputs);
  return names.reduce((best, name) => (asText(inputs[name]).length < asText(inputs[best]).length ? name : best), names[0]);
}

function marked(text, quotes) {
  if (!quotes.length) return kept(text);
  const pattern = new RegExp(`(${quotes.map((words) => words.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")})`);
  return text.split(pattern).map((part, index) => (index % 2 ? h("mark", {}, kept(part)) : kept(part)));
}

function side(lines, dropped) {
  const own = lines.filter((line) => (dropped === "added" ? line.old : line.new) !== null);
  return own.map((line, index) => [index ? "\n" : "", line.segments.filter((one) => one.kind !== dropped).map((one) => {
    if (one.kind === "same") return kept(one.text);
    const [name, said] = one.kind === "removed" ? ["del", "removed: "] : ["ins", "added: "];
    return h(name, {}, h("span", { class: "cb-hidden" }, said), kept(one.text));
  })]);
}

function answer(title, found, content, which) {
  let shown = h("pre", { class: "cb-answer", tabindex: "0", dir: "auto" }, content);
  if (found.text === null) shown = h("p", { class: "cb-none" }, `No answer: ${found.failure ?? "unknown reason"}`);
  else if (!found.text.trim()) shown = h("p", { class: "cb-none" }, "The answer is empty.");
  const ended = found.text === null || PLAIN_ENDS.includes(found.finish ?? "") ? null
    : h("p", { class: "cb-sub" }, `Ended by: ${found.finish}`);
  return h("div", { class: `cb-case-${which}` }, h("dt", {}, title), h("dd", {}, shown, ended));
}

function answers(verdict, view) {
  const { one, reason } = view;
  const fresh = one.candidate.text ?? "";
  const said = `v${verdict.candidate.version} answered`;
  const quotes = [...reason.matchAll(QUOTED)].map((found) => found[1]).filter((words) => fresh.includes(words));
  if (!one.baseline || !verdict.baseline) {
    return h("dl", { class: "cb-case-answers" }, answer(said, one.candidate, marked(fresh, quotes), "new"));
  }
  const old = one.baseline.text ?? "";
  const lines = quotes.length ? [] : wordDiff(old, fresh);
  const same = lines.flatMap((line) => line.segments).filter((part) => part.kind === "same");
  const share = same.reduce((sum, part) => sum + part.text.length, 0) / Math.max(old.length, fresh.length, 1);
  const alike = share >= ALIKE;
  return h(
    "dl", { class: "cb-case-answers" },
    answer(`v${verdict.baseline.version} answered`, one.baseline, alike ? side(lines, "added") : kept(old), "old"),
    answer(said, one.candidate, alike ? side(lines, "removed") : marked(fresh, quotes), "new"),
  );
}

function given(values) {
  const rows = Object.entries(values).map(([name, value]) => [
    h("dt", {}, name),
    h("dd", {}, h("pre", { class: "cb-given", tabindex: "0", dir: "auto" }, kept(asText(value)))),
  ]);
  return h("dl", { class: "cb-inputs" }, rows);
}

function scorers(one) {
  const scores = (side) => side?.scores ?? {};
  const every = new Set([...Object.keys(scores(one.candidate)), ...Object.keys(scores(one.baseline))]);
  const applies = (score) => score && score.state !== "not_applicable";
  return [...every].filter((label) => applies(scores(one.candidate)[label]) || applies(scores(one.baseline)[label]));
}

function scoreTable(verdict, one) {
  const labels = scorers(one);
  const cells = (label) => {
    const [old, fresh] = [one.baseline?.scores[label], one.candidate.scores[label]];
    const before = old?.reason && old.reason !== fresh?.reason
      ? [" ", h("span", { class: "cb-sub" }, `v${verdict.baseline?.version}: `, kept(old.reason))] : null;
    return h("tr", {}, h("td", {}, label), verdict.baseline ? h("td", { class: "cb-n" }, whole(old)) : null,
      h("td", { class: "cb-n" }, whole(fresh)), h("td", {}, fresh?.reason ? kept(fresh.reason) : before ? null : "\u2013", before));
  };
  const heads = ["Scorer", verdict.baseline ? `v${verdict.baseline.version}` : [], `v${verdict.candidate.version}`, "Reason"].flat();
  return h("table", { class: "cb-table" },
    h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, labels.map(cells)));
}

/** A line for the judge's labels file, about one answer, for somebody who finds its grade wrong. */
export function labelLine(verdict, one, side = one.candidate) {
  const inputs = { ...one.inputs, ...one.expectations, answer: side.text };
  const id = `${verdict.prompt}-v${verdict.candidate.version}-${one.id}`;
  return JSON.stringify({ id, inputs, label: "THE RIGHT GRADE", note: "why" });
}

function wrong(verdict, view, root) {
  const { judge, labels } = root.dataset;
  if (!judge) return null;
  const line = labelLine(verdict, view.one);
  const copy = h("button", { type: "button", class: "cb-button", click: async (event) => {
    await navigator.clipboard.writeText(`${line}\n`);
    event.target.textContent = "Copied";
  } }, "Copy the line");
  const open = labels ? h("a", { class: "cb-button cb-button-main", href: labels }, "Edit the labels file…") : null;
  return h("details", {}, h("summary", {}, "The judge is wrong here…"),
    h("p", {}, `A judge is measured against what people say. Put in the right grade, and add the line to ${root.dataset.file}.`),
    h("pre", { class: "cb-given", tabindex: "0" }, kept(line)), h("div", { class: "cb-actions" }, open, copy));
}

function inside(verdict, view, root) {
  const { one, reason } = view;
  const asked = shortest(one.inputs);
  const expected = ANSWERS.find((name) => name in one.expectations) ?? Object.keys(one.expectations)[0];
  const rest = Object.fromEntries([
    ...Object.entries(one.inputs).filter(([name, value]) => name !== asked || asText(value).length > FIRST_WORDS),
    ...Object.entries(one.expectations).filter(([name]) => name !== expected),
  ]);
  const pair = (name, value) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, kept(cut(asText(value), FIRST_WORDS))));
  const protectedTag = verdict.protected?.tag;
  const tags = one.tags.filter((tag) => tag !== protectedTag).map((tag) => h("span", { class: "cb-chip cb-chip-tag" }, kept(tag)));
  const count = scorers(one).length;
  return h(
    "div", {},
    h("div", { class: "cb-row" }, tags),
    h("dl", { class: "cb-case-asked" }, asked === undefined ? null : pair(asked, one.inputs[asked]),
      expected === undefined ? null : pair("expected", one.expectations[expected])),
    answers(verdict, view),
    reason ? h("p", { class: "cb-why", dir: "auto" }, h("span", { class: "cb-quiet" }, "Reason: "), kept(reason)) : null,
    h("div", { class: "cb-case-more" },
      Object.keys(rest).length ? h("details", {}, h("summary", {}, Object.keys(rest).join(", ")), given(rest)) : null,
      h("details", {}, h("summary", {}, count === 1 ? "1 score" : `${count} scores`), scoreTable(verdict, one)),
      wrong(verdict, view, root)),
  );
}

function row(verdict, view, root) {
  const { one, kind } = view;
  const word = verdict.baseline ? KINDS[kind] : ALONE[kind] ?? KINDS[kind];
  const asked = shortest(one.inputs);
  const title = asked === undefined ? "" : brief(asText(one.inputs[asked]).replace(/[ \t\n\r\f]+/g, " "));
  const made = h(
    "details", { class: `cb-case cb-case-${kind}`, id: anchor(one.id) },
    h("summary", {},
      h("span", { class: "cb-case-kind" }, h("span", { class: `cb-chip cb-chip-${kind}` }, capital(word)), " ",
        one.protected ? h("span", { class: "cb-chip cb-chip-protected" }, "protected") : null, " "),
      h("code", {}, one.id), " ",
      h("span", { class: "cb-case-title", dir: "auto" }, kept(title)),
      view.deciding.slice(0, 2).map((label) => [" ", h("span", { class: "cb-num" },
        h("span", { class: "cb-narrow" }, `${label} `), scored(view, label, !verdict.baseline))])),
  );
  // What is inside is made when the row is opened: five thousand closed rows are cheap, open ones are not.
  made.addEventListener("toggle", () => {
    if (made.open && made.children.length === 1) made.append(inside(verdict, view, root));
  });
  return made;
}

function start(root) {
  const controls = root.querySelector(".cb-case-controls");
  const buttons = [...controls.querySelectorAll("[data-kind]")];
  const fields = [...controls.querySelectorAll("[name]")];
  const list = at("cases");
  let all = null;
  let verdict = null;
  let shown = 0;
  let found = [];

  const asked = () => new URLSearchParams(location.search);
  const chosen = () => buttons.find((button) => button.getAttribute("aria-pressed") === "true").dataset.kind;

  function read() {
    const query = asked();
    for (const field of fields) field.value = query.get(field.name) ?? "";
    for (const field of fields) if (field.selectedIndex === -1) field.value = "";
    press(query.get("c") ?? "all");
  }

  function press(kind) {
    const known = buttons.some((button) => button.dataset.kind === kind) ? kind : "all";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.kind === known));
  }

  function write() {
    const query = new URLSearchParams();
    if (chosen() !== "all") query.set("c", chosen());
    for (const { name, value } of fields) if (value) query.set(name, value);
    const text = query.toString();
    history.replaceState(history.state, "", `${location.pathname}${text && `?${text}`}${location.hash}`);
  }

  function matches(view) {
    const kind = chosen();
    const value = Object.fromEntries(fields.map((field) => [field.name, field.value]));
    const rightKind = kind === "all" || (kind === "protected" ? view.one.protected : view.kind === kind);
    const words = (value.words ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return rightKind && (!value.tag || view.one.tags.includes(value.tag)) && words.every((word) => view.text.includes(word));
  }

  function more() {
    const rows = found.slice(shown, shown + PAGE).map((view) => row(verdict, view, root));
    shown += rows.length;
    list.append(...rows);
    const left = found.length - shown;
    fill(at("more"), left
      ? h("button", { type: "button", class: "cb-button", click: more }, `Show ${Math.min(PAGE, left)} of ${left.toLocaleString("en")} more`)
      : null);
  }

  function draw() {
    found = all.filter(matches).sort(fields.find((field) => field.name === "sort").value === "id" ? byName : byWorst);
    shown = 0;
    fill(list);
    more();
    at("shown").textContent = `${found.length.toLocaleString("en")} of ${all.length.toLocaleString("en")} cases shown.`;
  }

  async function ready() {
    if (all) return;
    const from = new URL(root.dataset.json, location.href).href;
    verdict = await load(from, "default");
    all = viewsOf(verdict);
  }

  async function apply() {
    try {
      await ready();
      draw();
    } catch (error) {
      at("shown").textContent = error.message;
    }
  }

  /** The case in the address, wherever in the list it is. */
  async function open() {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name.startsWith("case-")) return;
    if (!document.getElementById(name)) {
      await apply();
      const place = found.findIndex((view) => anchor(view.one.id) === name);
      while (place >= shown) more();
    }
    const target = document.getElementById(name);
    if (!target) return;
    target.open = true;
    target.scrollIntoView();
  }

  controls.hidden = false;
  read();
  controls.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kind]");
    if (!button) return;
    press(button.dataset.kind);
    write();
    apply();
  });
  let waiting = 0;
  controls.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { write(); apply(); }, 120);
  });
  addEventListener("hashchange", open);
  const begun = root.dataset.all === undefined || [...asked().keys()].length ? apply() : Promise.resolve();
  begun.then(open);
}

const root = at("every-case");
if (root) start(root);
