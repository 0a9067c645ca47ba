// The form for a new version: what is chosen, what is typed, what it comes to. Sending is in send.js.

import { chooser } from "./chooser.js";
import { keepDraft, readDraft } from "./drafts.js";
import { drawInputs, drawMessages } from "./fields.js";
import {
  at, changeList, everyPrompt, fill, h, inlineDiff, kept, liveOf, nextNumber, options, passageList,
  promptIndex, versionChoices, versionOf,
} from "./parts.js";
import { drawPreview, loadCases, takeCase } from "./preview.js";
import { filePath, flow, toYaml, without } from "./promptfile.js";
import { blank, fileOf, newInput, stateOf, textMessage } from "./promptform.js";
import { send } from "./send.js";
import { newlyAsked, unfilled } from "./suitecases.js";
import { changes, describe, differs, passages } from "./worddiff.js";

const root = at("propose");
const setup = JSON.parse(root.dataset.setup);
const { rules } = setup;
const MODEL = "toy/answers";
const PAUSE = 150;

const form = {
  prompts: [],
  prompt: null, // the chosen prompt's index; null for a new prompt
  base: null, // the version the text began with; null for a new prompt
  state: blank(MODEL),
  began: "", // the state as it began, to tell whether anything was typed
  made: null, // what the state comes to: {file, used, problems}
  touched: new Set(),
  asked: false, // whether somebody tried to send it
  samples: new Map(), // what the preview is filled with, as text
  cases: null, // what the suites asked, null before it has come
  coming: null, // the promise of it
  trusted: new Set(), // variables that the cases are said to fill by now
};
let turn = 0; // counts choices, so that a late answer to an earlier one is dropped
let waiting = 0;
let pressed = false;
let drawn = ""; // what the inputs were last drawn for: they are left alone while nothing of it changes

const name = () => (form.prompt ? form.prompt.name : form.state.name);
const next = () => (form.prompt ? nextNumber(form.prompt) : 1);
const dirty = () => JSON.stringify(form.state) !== form.began;

async function start() {
  try {
    form.prompts = (await everyPrompt()).prompts;
  } catch (error) {
    fill(at("propose-off"), h("div", { class: "cb-note cb-note-warn", role: "alert" }, `${error.message}. Reload to try again.`));
    return;
  }
  const asked = new URLSearchParams(location.search);
  const known = form.prompts.map((entry) => entry.name);
  const wanted = asked.get("prompt") ?? "";
  at("steps").children[asked.has("prompt") ? 1 : 0].setAttribute("aria-current", "step");
  if (asked.has("prompt")) {
    at("chooser").hidden = true;
    at("form").hidden = false;
    listen();
    await choose(known.includes(wanted) ? wanted : "", Number(asked.get("from")));
  } else chooser(form.prompts);
  at("propose-off").hidden = true;
  root.hidden = false;
  if (wanted && !known.includes(wanted)) remark(`There is no prompt called ${wanted}; this is a new one.`);
}

// Begin with a version of a prompt, or with a new prompt; a draft wins over both.
async function choose(chosen, number) {
  const mine = ++turn;
  let [prompt, base] = [null, null];
  const draft = readDraft(chosen, blank(MODEL));
  try {
    if (chosen) {
      prompt = await promptIndex(chosen);
      const known = prompt.versions.map((entry) => entry.version);
      const wanted = [draft?.base, number, liveOf(prompt)].find((one) => known.includes(one));
      base = await versionOf(chosen, wanted);
    }
  } catch (error) {
    if (mine === turn) remark(`${error.message}.`, "warn");
    return;
  }
  if (mine !== turn) return;
  Object.assign(form, { prompt, cases: null, coming: null, trusted: new Set(), samples: new Map() });
  begin(base, draft?.state);
  if (draft) tellOfDraft(draft, number);
}

function begin(base, draft) {
  const plain = base ? stateOf(base) : blank(MODEL);
  const state = draft ? { ...plain, ...draft, inputs: named(draft.inputs), parameters: named(draft.parameters) } : plain;
  Object.assign(form, { base, state, began: JSON.stringify(plain), touched: new Set(), asked: false });
  drawn = "";
  at("draft").hidden = true;
  fill(at("result"));
  const choices = [...form.prompts.map((entry) => [entry.name, `${entry.name} \u00b7 ${entry.title}`]), ["", "A new prompt\u2026"]];
  options(at("prompt"), choices, form.prompt?.name ?? "");
  options(at("base"), form.prompt ? versionChoices(form.prompt) : [["", "nothing"]], base?.version ?? "");
  at("base").closest(".cb-slot").hidden = !base;
  at("new").hidden = at("afterwards").hidden = Boolean(base);
  fill(at("title"), base ? ["New version of ", h("span", { class: "cb-ref" }, base.name)] : "A new prompt");
  history.replaceState(null, "", base ? `?prompt=${encodeURIComponent(base.name)}&from=${base.version}` : "?prompt=");
  show();
}

const named = (found) => Object.assign(Object.create(null), found);

function remark(words, kind = "note", ...more) {
  const target = at("draft");
  target.className = `cb-note cb-note-${kind}`;
  target.hidden = false;
  fill(target, h("p", {}, kept(words)), more.length ? h("div", { class: "cb-row" }, more) : null);
}

const button = (words, press) => h("button", { type: "button", class: "cb-small-button", click: press }, words);

function tellOfDraft(draft, number) {
  const when = new Date(draft.saved).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  const other = form.prompt && number && number !== form.base.version ? ` It began with v${form.base.version}.` : "";
  remark(`Your draft of ${when} is back.${other}`, "tip", button("Discard the draft", () => discard(number)));
}

async function discard(number) {
  const chosen = form.prompt?.name ?? "";
  keepDraft(chosen, null);
  await choose(chosen, number || form.base?.version);
  remark("The draft is gone; this is the published text.");
  at("base").focus();
}

// Another version to begin from: what was typed stays and is compared with it.
async function chooseBase(number) {
  if (!dirty()) return choose(form.prompt.name, number);
  try {
    begin(await versionOf(form.prompt.name, number), form.state);
  } catch (error) {
    return remark(`${error.message}.`, "warn");
  }
  return remark(`What you wrote is kept, and compared with v${number} now.`, "tip", button(`Use the text of v${number} instead`, takeBase));
}

// The text of the base in place of what was typed; the reason given for the version stays.
function takeBase() {
  keepDraft(form.prompt.name, null);
  begin(form.base, { ...stateOf(form.base), message: form.state.message });
  at("base").focus();
}

// From here on: the state as fields.

const path = (field) => field.split(".");

function valueOf(field) {
  return path(field).reduce((found, step) => found?.[step], form.state);
}

function put(field, value) {
  const steps = path(field);
  if (steps[0] === "inputs") form.state.inputs[steps[1]] ??= newInput(form.made.used.get(steps[1]));
  if (steps[0] === "parameters" && value === "") {
    delete form.state.parameters[steps[1]];
    return;
  }
  const last = steps.pop();
  steps.reduce((found, step) => found[step], form.state)[last] = value;
}

function show() {
  for (const control of root.querySelectorAll("[data-field]")) {
    if (!control.closest("#cb-messages, #cb-inputs")) control.value = valueOf(control.dataset.field) ?? "";
  }
  drawTexts();
  refresh();
}

function drawTexts() {
  const chat = form.state.kind === "chat";
  at("messages").hidden = at("add-message").hidden = !chat;
  at("text").hidden = chat;
  at("template").rows = Math.max(8, form.state.template.split("\n").length);
  if (chat) drawMessages(at("messages"), form.state.messages, rules.roles, moveMessage);
  at("tools").closest("details").hidden = !chat;
}

function moveMessage(what, index) {
  const { messages } = form.state;
  const [taken] = messages.splice(index, 1);
  const to = what === "up" ? index - 1 : index + 1;
  if (what !== "remove") messages.splice(to, 0, taken);
  drawTexts();
  refresh();
  const groups = at("messages").children;
  if (what === "remove") {
    fill(at("undo"), `Message ${index + 1} is gone. `, button("Put it back", () => putBack(index, taken)));
    at("undo").querySelector("button").focus();
    return;
  }
  fill(at("undo"), `Message ${index + 1} moved ${what}: it is number ${to + 1} now.`);
  const [up, down] = groups[to].querySelectorAll("button");
  const wanted = what === "up" ? [up, down] : [down, up];
  wanted.find((one) => !one.disabled).focus();
}

function putBack(index, message) {
  form.state.messages.splice(index, 0, message);
  drawTexts();
  refresh();
  fill(at("undo"), `Message ${index + 1} is back.`);
  at(`message-${index}`)?.focus();
}

function addMessage() {
  const { messages } = form.state;
  messages.push(textMessage(messages.at(-1).role === "user" ? "assistant" : "user", ""));
  drawTexts();
  refresh();
  at(`message-${messages.length - 1}`).focus();
}

function changeKind() {
  const { state } = form;
  if (state.kind === "text" && !state.template) state.template = state.messages.map((item) => item.content).join("\n");
  if (state.kind === "chat" && state.messages.every((item) => !item.content)) {
    state.messages = [textMessage("user", state.template)];
  }
  show();
}

function addInput() {
  const control = at("input-name");
  const wanted = control.value.trim();
  const right = /^[A-Za-z_][A-Za-z0-9_]*$/.test(wanted);
  fill(at("input-name-error"), right ? "" : "Letters, digits and _ only, not beginning with a digit.");
  if (!right) return control.focus();
  form.state.inputs[wanted] ??= newInput("string");
  control.value = "";
  refresh();
}

function removeInput(which) {
  delete form.state.inputs[which];
  refresh();
  at("input-name").focus();
}

// Everything that follows from the state.
function refresh() {
  clearTimeout(waiting);
  form.made = fileOf(form.state, form.base, rules);
  if (newlyAsked(form).length && !form.cases) loadCases(form).then(refresh);
  form.made.problems.push(...unfilled(form));
  at("schema").hidden = form.state.responseFormat !== "json_schema";
  drawName();
  drawVariables();
  drawSummaries();
  sortProblems();
  drawProblems();
  drawReview();
  const where = name() ? filePath(setup.folder, name(), next()) : "";
  fill(at("path"), where);
  save();
}

// What the folded parts say, in a line each.
function drawSummaries() {
  const { model, modelParameters, responseFormat } = form.made.file;
  const said = Object.entries(modelParameters).map(([key, value]) => `${key} ${typeof value === "string" ? value : flow(value)}`);
  fill(at("settings-said"), kept([model, ...said].join(" \u00b7 ")));
  const { tools } = form.made.file;
  fill(at("tools-said"), kept(Array.isArray(tools) ? tools.map((tool) => tool?.name ?? "?").join(", ") : "none"));
  fill(at("answer-said"), at("response").querySelector(`[value="${CSS.escape(responseFormat)}"]`)?.textContent ?? "");
}

function drawName() {
  for (const spot of root.querySelectorAll(".cb-new-name")) fill(spot, kept(form.state.name || "NAME"));
}

function drawVariables() {
  const { state, made } = form;
  const free = state.templateFormat === "jinja2";
  at("more-inputs").hidden = !free;
  const required = [...made.used.keys()].map((key) => state.inputs[key]?.required);
  const empty = new Map(unfilled(form).map(([field]) => [path(field)[1], ways(path(field)[1])]));
  const signature = JSON.stringify([free, [...made.used], required, [...empty.keys()]]);
  if (signature === drawn) return;
  drawn = signature;
  drawInputs(at("inputs"), state, made.used, rules.types, free ? removeInput : null, empty);
  fill(at("variables"), made.used.size ? `Found in the text: ${[...made.used.keys()].join(", ")}.` : "The text has no variable, so there is no input.");
}

// What to do about a variable that no case fills.
function ways(which) {
  const give = () => {
    put(`inputs.${which}.required`, false);
    refresh();
    at(`input-${which}-default`).focus();
  };
  const out = () => {
    const { state } = form;
    for (const one of state.messages) if (!one.kept) one.content = without(one.content, which);
    state.template = without(state.template, which);
    delete state.inputs[which];
    drawTexts();
    refresh();
    (state.kind === "chat" ? at("message-0") : at("template")).focus();
  };
  const trust = () => {
    form.trusted.add(which);
    refresh();
    at(`input-${which}-about`).focus();
  };
  return [button("Give it a default", give), button("Remove it from the text", out), button("The cases already have it", trust)];
}

function drawProblems() {
  const found = new Map([...form.made.problems].reverse());
  for (const control of root.querySelectorAll("[data-field]")) {
    const { field } = control.dataset;
    const now = form.asked || form.touched.has(field) || field.endsWith(".required");
    const words = now ? (found.get(field) ?? "") : "";
    const target = document.getElementById(`${control.id}-error`);
    if (!target || target.textContent === words) continue;
    target.textContent = words;
    if (words) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
  }
  fill(at("problems"), form.asked && form.made.problems.length ? problemList() : null);
}

// In the order of the page, so that the first is the topmost.
function sortProblems() {
  const order = [...root.querySelectorAll("[data-field]")].map((control) => control.dataset.field);
  form.made.problems.sort((a, b) => order.indexOf(a[0]) - order.indexOf(b[0]));
}

function problemList() {
  const all = form.made.problems;
  const items = all.map(([field, words]) => h("li", {}, button(`${labelOf(field)}${words}`, () => goTo(field))));
  return [h("p", {}, all.length === 1 ? "One thing to fix first:" : `${all.length} things to fix first:`), h("ul", {}, items)];
}

const controlOf = (field) => root.querySelector(`[data-field="${CSS.escape(field)}"]`);

function labelOf(field) {
  const words = controlOf(field)?.labels?.[0]?.textContent.trim();
  return words ? `${words.replace(/\?$/, "")}: ` : "";
}

function goTo(field) {
  const control = controlOf(field);
  for (let fold = control?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  control?.focus();
}

const pane = () => [0, 1, 2].find((one) => document.getElementById(`review-${one}`).checked);

function drawReview() {
  [drawChanges, () => drawPreview(form), drawFile][pane()]();
}

function drawChanges() {
  if (!form.base) {
    fill(at("changes"), h("p", { class: "cb-quiet" }, "A new prompt: there is nothing to compare it with."));
    return;
  }
  const found = passages(form.base, form.made.file).filter(differs);
  const against = h("p", { class: "cb-sub" }, `Compared with v${form.base.version}`);
  fill(at("changes"), against, changeList(changes(form.base, form.made.file), describe), passageList(found, inlineDiff));
}

function drawFile() {
  fill(at("file"), kept(toYaml(form.made.file)));
}

function save() {
  const draft = dirty() ? { base: form.base?.version ?? null, state: form.state, saved: Date.now() } : null;
  if (!keepDraft(form.prompt?.name ?? "", draft)) fill(at("path"), "This browser keeps no drafts: do not reload.");
}

function typed({ target }) {
  const { field } = target.dataset;
  if (!field) return;
  put(field, target.type === "checkbox" ? target.checked : target.value);
  fill(at("result"));
  if (field === "kind") changeKind();
  else if (target.matches("select, [type=checkbox]")) refresh();
  else later();
}

// Not while a button is held down: what is drawn could push it from under the finger, and the click is lost.
function later() {
  clearTimeout(waiting);
  waiting = setTimeout(() => (pressed ? later() : refresh()), PAUSE);
}

function listen() {
  root.addEventListener("input", typed);
  root.addEventListener("focusout", ({ target }) => {
    if (!target.dataset?.field || !form.made) return;
    form.touched.add(target.dataset.field);
    later();
  });
  root.addEventListener("pointerdown", () => { pressed = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { pressed = false; });
  at("prompt").addEventListener("change", () => choose(at("prompt").value, 0));
  at("base").addEventListener("change", () => chooseBase(Number(at("base").value)));
  at("case").addEventListener("change", () => takeCase(form));
  at("add-message").addEventListener("click", addMessage);
  at("add-input").addEventListener("click", addInput);
  at("review").addEventListener("change", drawReview);
  addEventListener("pagehide", () => form.made && save());
  send(setup, form, {
    name,
    next,
    async check() {
      form.asked = true;
      if (newlyAsked(form).length) await loadCases(form);
      refresh();
      if (form.made.problems.length) goTo(form.made.problems[0][0]);
      return !form.made.problems.length;
    },
    refuse(field, words) {
      form.made.problems.push([field, words]);
      drawProblems();
      goTo(field);
    },
  });
}

start();
