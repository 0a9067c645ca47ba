// What is inside a case of a verdict: question, expectation, both answers with the words that differ, the reason,
// every score, and the way to say that the judge is wrong. The same as the pages show that are made without it.
import { h, kept } from "./parts.js";
import { wordDiff } from "./worddiff.js";

const cut = (text, most) =>
  (text.length <= most ? text : `${text.slice(0, most)}\u2026 (${(text.length - most).toLocaleString("en")} more characters)`);

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

const text = (content) => h("pre", { class: "cb-answer", tabindex: "0", dir: "auto" }, content);

/** Messages of a dialogue, [who, text] each, one below the other. */
function talk(lines) {
  const message = ([who, said]) => h("div", { class: who === "user" ? "cb-said cb-said-user" : "cb-said" },
    h("p", { class: "cb-who" }, kept(who)), text(kept(said || "nothing")));
  return h("div", { class: "cb-talk" }, lines.map(message));
}

/** What both sides of a dialogue have in common, the last of it in sight. */
function together(all, lines) {
  if (!lines?.length) return null;
  const before = lines.slice(0, -all.limits.said);
  const summary = before.length === 1 ? "1 message before" : `${before.length.toLocaleString("en")} messages before`;
  const folded = before.length ? h("details", {}, h("summary", {}, summary), talk(before)) : null;
  return h("div", { class: "cb-talk-before" }, folded, talk(lines.slice(-all.limits.said)));
}

function answer(title, found, content, which) {
  let shown = content;
  if (found.nothing) {
    const nothing = h("p", { class: "cb-none" }, found.nothing);
    shown = found.talks ? [content, nothing] : nothing;
  }
  const ended = found.ended ? h("p", { class: "cb-sub" }, `Ended by: ${found.ended}`) : null;
  return h("div", { class: `cb-case-${which}` }, h("dt", {}, title), h("dd", {}, shown, ended));
}

function answers(all, one) {
  const [, before, after] = one.talk ?? [[], [], []];
  // A side that broke off shows what was said until then.
  if (Math.max(before.length, after.length) > 1 || one.old?.talks || one.new.talks) {
    const old = one.old && all.baseline ? answer(`v${all.baseline} answered`, one.old, talk(before), "old") : null;
    return h("dl", { class: "cb-case-answers" }, old, answer(`v${all.version} answered`, one.new, talk(after), "new"));
  }
  const fresh = cut(one.new.text ?? "", all.limits.answer);
  const said = `v${all.version} answered`;
  // Quotes around what is called are JSON's.
  const quotes = (one.new.calls ? [] : one.quotes ?? []).filter((words) => fresh.includes(words));
  if (!one.old || !all.baseline) {
    return h("dl", { class: "cb-case-answers" }, answer(said, one.new, text(marked(fresh, quotes)), "new"));
  }
  const old = cut(one.old.text ?? "", all.limits.answer);
  const lines = quotes.length ? [] : wordDiff(old, fresh);
  const same = lines.flatMap((line) => line.segments).filter((part) => part.kind === "same");
  const share = same.reduce((sum, part) => sum + part.text.length, 0) / Math.max(old.length, fresh.length, 1);
  const alike = share >= all.limits.alike;
  return h(
    "dl", { class: "cb-case-answers" },
    answer(`v${all.baseline} answered`, one.old, text(alike ? side(lines, "added") : kept(old)), "old"),
    answer(said, one.new, text(alike ? side(lines, "removed") : marked(fresh, quotes)), "new"),
  );
}

function given(all, values) {
  const rows = values.map(([name, text, , lines]) => [
    h("dt", {}, name),
    h("dd", {}, h("pre", { class: "cb-given", tabindex: "0", dir: "auto" }, kept(cut(lines ?? text, all.limits.input)))),
  ]);
  return h("dl", { class: "cb-inputs" }, rows);
}

function scoreTable(all, row, one) {
  const lines = one.scores.map(([label, old, fresh, reason, former]) => {
    const before = former && all.baseline ? h("span", { class: "cb-sub" }, `v${all.baseline}: `, kept(former)) : null;
    return h("tr", {}, h("td", {}, label), all.baseline ? h("td", { class: "cb-n" }, old) : null,
      h("td", { class: "cb-n" }, fresh), h("td", {}, reason ? kept(reason) : before ? null : "\u2013", " ", before));
  });
  const heads = ["Scorer", all.baseline ? `v${all.baseline}` : [], `v${all.version}`, "Reason"].flat();
  const table = h("table", { class: "cb-table" },
    h("thead", {}, h("tr", {}, heads.map((words) => h("th", { scope: "col" }, words)))), h("tbody", {}, lines));
  return h("div", { class: "cb-scroll", role: "region", "aria-label": `Scores of ${row.id}`, tabindex: "0" }, table);
}

// JSON without its line ends and indents: within its strings there are none.
const oneLine = (json) => json.replace(/([[{])\n */g, "$1").replace(/\n *([\]}])/g, "$1").replace(/\n */g, " ");

/** A line for the judge's labels file, about the new answer, for somebody who finds its grade wrong. */
export function labelLine(all, row, one) {
  // A value that is no text is there as it was written: a browser would round its numbers.
  const values = [...one.inputs, ...one.expectations, ["answer", one.new.text ?? "", true]];
  // For a judge that reads a dialogue, as far as the page knows it.
  if (one.talk) values.push(["transcript", [...one.talk[0], ...one.talk[2]].map((each) => `[${each[0]}]\n${each[1]}`).join("\n"), true]);
  const inputs = values.map(([name, text, isText]) =>
    `${JSON.stringify(name)}: ${isText ? JSON.stringify(text) : oneLine(text)}`);
  const id = JSON.stringify(`${all.prompt}-v${all.version}-${row.id}`);
  return `{"id": ${id}, "inputs": {${inputs.join(", ")}}, "label": "THE RIGHT GRADE", "note": "why"}`;
}

function wrong(all, row, one, root) {
  const { judge, labels } = root.dataset;
  if (!judge) return null;
  const line = labelLine(all, row, one);
  const copy = h("button", { type: "button", class: "cb-button", click: async (event) => {
    await navigator.clipboard.writeText(`${line}\n`);
    event.target.textContent = "Copied";
  } }, "Copy the line");
  const open = labels ? h("a", { class: "cb-button cb-button-main", href: labels }, "Edit the labels file…") : null;
  return h("details", {}, h("summary", {}, "The judge is wrong here…"),
    h("p", {}, `A judge is measured against what people say. Put in the right grade, and add the line to ${root.dataset.file}.`),
    h("pre", { class: "cb-given", tabindex: "0" }, kept(line)), h("div", { class: "cb-actions" }, open, copy));
}

/** Everything about a case but its row. */
export function inside(all, row, one, root) {
  const first = all.limits.first;
  const named = (values, name) => values.find(([key]) => key === name);
  const pairs = [named(one.inputs, one.asked), named(one.expectations, one.expected) && ["expected", ...named(one.expectations, one.expected).slice(1)]];
  const rest = [
    ...one.inputs.filter(([name, text, , lines]) => name === one.asked && (lines ?? text).length > first),
    ...one.inputs.filter(([name]) => name !== one.asked),
    ...one.expectations.filter(([name]) => name !== one.expected),
  ];
  const pair = ([name, text, isText, lines]) => h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, kept(cut(lines ?? (isText ? text : oneLine(text)), first))));
  const chip = (words, kind) => [h("span", { class: `cb-chip cb-chip-${kind}` }, kept(words)), " "];
  const labels = [
    row.protected ? chip("protected", "protected") : null, row.model ? chip(row.model, "model") : null,
    (row.tags ?? []).filter((tag) => tag !== all.protected).map((tag) => chip(tag, "tag")),
  ];
  const count = one.scores.length;
  return h(
    "div", {},
    h("div", { class: "cb-row" }, labels),
    pairs.some(Boolean) ? h("dl", { class: "cb-case-asked" }, pairs.filter(Boolean).map(pair)) : null,
    together(all, one.talk?.[0]),
    answers(all, one),
    one.reason ? h("p", { class: "cb-why", dir: "auto" }, h("span", { class: "cb-quiet" }, "Reason: "), kept(one.reason)) : null,
    one.odd ? h("p", { class: "cb-why cb-disagree" }, one.odd) : null,
    h("div", { class: "cb-case-more" },
      rest.length ? h("details", {}, h("summary", {}, rest.map(([name]) => name).join(", ")), given(all, rest)) : null,
      count ? h("details", {}, h("summary", {}, count === 1 ? "1 score" : `${count} scores`), scoreTable(all, row, one)) : null,
      wrong(all, row, one, root)),
  );
}
