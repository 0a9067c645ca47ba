// Labelling answers of an evaluation, blind: one after the other in the order of the draw, by keyboard or by hand.
// What the page must not tell (arm, scores, reasons, the other answer) is never put into it.

import { deliver } from "./handover.js";
import { drawn, given, keyOf, linesOf, talk } from "./labelitems.js";
import { at, fill, h, kept, load, options, verdictOf } from "./parts.js";

const root = at("label");
const setup = JSON.parse(root.dataset.setup);
const HANDLE = "cuebook:handle";
const MOST_BUTTONS = 21;

const work = { choices: null, chosen: null, judge: null, items: [], said: [], key: "" };
const labels = () => new Map(work.said.map((one) => [one.id, one]));
const current = () => work.items.find((item) => !labels().has(item.id));
const handle = () => at("handle").value.trim();
const inBrowser = (act) => { try { return act(localStorage); } catch { return null; } };

async function start() {
  try {
    work.choices = await load(setup.choices);
  } catch (error) {
    fill(at("label-off"), h("div", { class: "cb-note cb-note-warn", role: "alert" }, `${error.message}. Reload to try again.`));
    return;
  }
  at("handle").value = inBrowser((store) => store.getItem(HANDLE)) ?? "";
  at("label-off").hidden = true;
  root.hidden = false;
  const none = !work.choices.evaluations.length;
  at("none").hidden = !none;
  at("choose").hidden = none;
  if (none) return;
  const asked = new URLSearchParams(location.search);
  choices(asked.get("judge"), asked.get("of"));
  listen();
}

const named = (one) => `${one.prompt}/${one.version}/${one.suite}`;

// The selects: judges that grade, and the evaluations that each took part in.
function choices(wanted, of) {
  const { judges, evaluations } = work.choices;
  const refs = Object.keys(judges).filter((ref) => evaluations.some((one) => one.judges.includes(ref)));
  options(at("judge"), refs.map((ref) => [ref, `${ref} \u00b7 ${judges[ref].title}`]), refs.includes(wanted) ? wanted : refs[0]);
  evaluated(of);
}

function evaluated(of) {
  const mine = work.choices.evaluations.filter((one) => one.judges.includes(at("judge").value));
  const words = (one) => [named(one), `${one.prompt} v${one.version}, suite ${one.suite}, ${one.cases} cases`];
  options(at("evaluation"), mine.map(words), mine.some((one) => named(one) === of) ? of : named(mine[0]));
}

async function begin() {
  const right = new RegExp(`^(?:${setup.handle})$`).test(handle());
  fill(at("handle-error"), right ? "" : "Lower-case letters, digits and hyphens, such as ada.");
  at("handle").toggleAttribute("aria-invalid", !right);
  if (!right) return at("handle").focus();
  inBrowser((store) => store.setItem(HANDLE, handle()));
  const ref = at("judge").value;
  const one = work.choices.evaluations.find((each) => named(each) === at("evaluation").value);
  try {
    open(await verdictOf(one.prompt, one), ref);
  } catch (error) {
    return fill(at("choose-said"), `${error.message}.`);
  }
  if (!work.items.length) return fill(at("choose-said"), "The judge graded no answer of this evaluation.");
  fill(at("choose-said"));
  // The names of versions are not shown beside answers of theirs.
  at("choose").hidden = true;
  for (const id of ["judge", "evaluation"]) fill(at(id));
  at("session").hidden = false;
  draw();
  return at("item-head").focus();
}

function open(verdict, ref) {
  const state = verdict.judges.find((one) => one.ref === ref);
  const known = work.choices.judges[ref];
  work.judge = { ...known, name: ref.split("/")[0], scale: state?.scale ?? known.scale, sources: state?.sources ?? {} };
  work.items = drawn(verdict, state?.label ?? ref);
  work.key = `cuebook:labels:${location.pathname}:${ref}:${keyOf(verdict)}`;
  const ids = new Set(work.items.map((item) => item.id));
  const draft = inBrowser((store) => JSON.parse(store.getItem(work.key)));
  work.said = (Array.isArray(draft) ? draft : []).filter((one) => ids.has(one?.id) && (one.label === null || Number.isInteger(one.label)));
  grades();
}

function grades() {
  const [low, high] = work.judge.scale;
  const all = Array.from({ length: high - low + 1 }, (_, index) => low + index);
  const few = all.length <= MOST_BUTTONS;
  at("number").closest(".cb-slot").hidden = few;
  at("number-save").hidden = few;
  at("number").min = low;
  at("number").max = high;
  fill(at("grades"), few ? all.map((grade) => h(
    "button", { type: "button", class: "cb-button cb-grade", "data-grade": grade, click: () => say(grade) },
    h("kbd", { "aria-hidden": "true" }, String(grade)), h("span", {}, h("span", { class: "cb-hidden" }, `${grade} `), kept(work.judge.words[grade] ?? ""))
  )) : null);
  at("grades").hidden = !few;
}

function say(label) {
  const item = current();
  if (!item) return;
  const note = at("note").value.trim();
  work.said.push(note ? { id: item.id, label, note } : { id: item.id, label });
  at("note").value = "";
  fill(at("spoken"), label === null ? "Skipped." : `Graded ${label}.`);
  changed();
}

function undo() {
  const last = work.said.pop();
  if (!last) return fill(at("spoken"), "There is nothing to undo.");
  at("note").value = last.note ?? "";
  fill(at("spoken"), "The last grade is undone.");
  return changed();
}

function changed() {
  fill(at("result"));
  const stored = inBrowser((store) => { store.setItem(work.key, JSON.stringify(work.said)); return true; });
  at("lost").hidden = Boolean(stored);
  draw();
  at("item-head").focus();
}

const text = (content) => h("pre", { class: "cb-answer", tabindex: "0", dir: "auto" }, kept(content || "nothing"));
const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));

function draw() {
  const item = current();
  const done = work.said.length;
  const all = work.items.length;
  Object.assign(at("done"), { max: all, value: done });
  fill(at("count"), `${done} of ${all}`);
  const path = `${setup.folder}${work.judge.name}/labels/${handle()}.jsonl`;
  fill(at("path"), path);
  const graded = work.said.filter((one) => one.label !== null).length;
  fill(at("sum"), `${graded} graded, ${done - graded} skipped. If you stop early, you have labelled a fair sample: the order is random.`);
  at("send").disabled = !done;
  at("item").hidden = at("grading").hidden = !item;
  at("all-done").hidden = Boolean(item);
  if (!item) return;
  fill(at("item-head"), `Answer ${done + 1} of ${all}`);
  const asked = Object.entries(item.inputs);
  fill(at("given"), asked.map(([name, value]) => [h("dt", {}, kept(name)), h("dd", {}, text(asText(value)))]));
  const lines = talk(item.answer);
  fill(at("answer"), lines.length > 1
    ? h("div", { class: "cb-talk" }, lines.map(([who, what]) => h("div", { class: who === "user" ? "cb-said cb-said-user" : "cb-said" }, h("p", { class: "cb-who" }, kept(who)), text(what))))
    : text(given(item, { variables: ["answer"], sources: {} }).answer));
  beside(item);
}

// What the judge reads beside the inputs, such as a right answer: put there only for somebody who asks for it.
function beside(item) {
  const also = Object.entries(given(item, work.judge)).filter(([name, value]) =>
    !["answer", "transcript", "tool_calls"].includes(name) && !Object.values(item.inputs).includes(value));
  at("beside").hidden = !also.length;
  at("beside").open = false;
  fill(at("beside-said"));
  at("beside").ontoggle = () => fill(at("beside-said"), at("beside").open ? also.map(([name, value]) => [h("dt", {}, kept(name)), h("dd", {}, text(asText(value)))]) : null);
}

function pressed(event) {
  const { key, target } = event;
  if (at("session").hidden || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input, textarea, select")) {
    if (key === "Escape") at("item-head").focus();
    return;
  }
  const grade = at("grades").querySelector(`[data-grade="${CSS.escape(key)}"]`);
  const act = { s: () => say(null), u: undo, n: () => at("note").focus() }[key] ?? (grade && !at("grading").hidden && (() => grade.click()));
  if (!act) return;
  event.preventDefault();
  act();
}

function numbered() {
  const value = Number(at("number").value);
  const [low, high] = work.judge.scale;
  const right = at("number").value !== "" && Number.isInteger(value) && value >= low && value <= high;
  fill(at("number-error"), right ? "" : `A whole number from ${low} to ${high}.`);
  if (!right) return at("number").focus();
  at("number").value = "";
  return say(value);
}

function send() {
  const name = handle();
  const file = `${setup.folder}${work.judge.name}/labels/${name}.jsonl`;
  const count = work.said.length;
  deliver(setup, {
    path: file,
    text: linesOf(work.items, labels(), work.judge, name),
    title: `Label ${count === 1 ? "1 answer" : `${count} answers`} for ${work.judge.name}`,
    called: "Your labels are",
  });
}

function leave() {
  at("session").hidden = true;
  at("choose").hidden = false;
  choices(null, null);
  at("judge").focus();
}

function listen() {
  at("judge").addEventListener("change", () => evaluated(null));
  at("begin").addEventListener("click", begin);
  at("skip").addEventListener("click", () => say(null));
  at("undo").addEventListener("click", undo);
  at("number-save").addEventListener("click", numbered);
  at("number").addEventListener("keydown", ({ key }) => key === "Enter" && numbered());
  at("handle").addEventListener("keydown", ({ key }) => key === "Enter" && begin());
  at("send").addEventListener("click", send);
  at("leave").addEventListener("click", leave);
  document.addEventListener("keydown", pressed);
}

start();
