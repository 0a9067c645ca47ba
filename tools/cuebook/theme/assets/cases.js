// Every case of a verdict, searched, filtered and drawn a screenful at a time. Rows come from one file, what is
// inside a case from the part it is in, once it is opened or its texts are searched. What became of a case and
// how a score is written, the files say. What is chosen is in the address.
import { at, fill, h, kept } from "./parts.js";
import { inside } from "./onecase.js";

const PAGE = 50;

async function read(path) {
  const answer = await fetch(path).catch(() => null);
  if (!answer?.ok) throw new Error(`${path} could not be fetched${answer ? `: the site answered ${answer.status}` : ""}`);
  return answer.json();
}

/** A file beside this page; what it is of is in the address, or a cache would mix those of two verdicts. */
const beside = (name, root) => `${location.pathname.replace(/[^/]*$/, "")}${name}.json?of=${root.dataset.of}`;

/** The cases behind the rows: parts of the file, each fetched once. */
class Parts {
  constructor(all, root) {
    this.all = all;
    this.root = root;
    this.asked = new Map();
  }

  part(number) {
    if (!this.asked.has(number)) {
      const coming = read(beside(`cases-${number}`, this.root));
      coming.catch(() => this.asked.delete(number)); // so that it can be asked again
      this.asked.set(number, coming);
    }
    return this.asked.get(number);
  }

  async whole(row) {
    return (await this.part(Math.floor(row.place / this.all.each)))[row.place % this.all.each];
  }

  /** Give every row the words of its whole case to be searched. */
  async texts() {
    if (this.searched) return;
    const count = Math.ceil(this.all.rows.length / this.all.each);
    const parts = await Promise.all(Array.from({ length: count }, (_, number) => this.part(number)));
    parts.flat().forEach((one, place) => { this.all.rows[place].text = wordsOf(this.all.rows[place], one); });
    this.searched = true;
  }
}

function wordsOf(row, one) {
  const values = [...one.inputs, ...one.expectations].map(([, text]) => text);
  const answers = [one.old?.text, one.new.text, ...(one.talk ?? []).flat().map(([, said]) => said)];
  const reasons = one.scores.flatMap(([, , , fresh, former]) => [fresh, former]);
  return [row.id, ...values, ...answers, ...reasons].filter(Boolean).join("\n").toLowerCase();
}

const brief = (row) => [row.id, row.title, row.expected, row.old, row.new].filter(Boolean).join("\n").toLowerCase();

function narrow(name) {
  return h("span", { class: "cb-narrow" }, `${name} `);
}

/** A word on a chip, with its meaning where a drawing of the list uses it first. */
function explained(all, word, shown, told) {
  const title = all.terms[word];
  if (!title || told.has(word)) return shown;
  told.add(word);
  return h("abbr", { title }, shown);
}

function cells(all, row, chosen, told) {
  const texts = [["expected", row.expected ?? ""], [`v${all.version}`, row.new ?? ""]];
  if (all.baseline) texts.splice(1, 0, [`v${all.baseline}`, row.old ?? "\u2013"]);
  const word = all.words[row.kind];
  return [
    h("span", { class: "cb-case-name" }, h("code", {}, row.id),
      row.protected ? [" ", h("span", { class: "cb-sub" }, explained(all, "Protected", "protected", told))] : null,
      row.model ? [" ", h("span", { class: "cb-sub" }, row.model)] : null),
    h("span", { class: "cb-case-title", dir: "auto" }, kept(row.title ?? "")),
    ...texts.map(([name, text]) => h("span", { class: "cb-case-text", dir: "auto" }, narrow(name), kept(text))),
    ...chosen.map((place) => h("span", { class: "cb-num" }, narrow(all.scorers[place]), row.scores?.[place] ?? "")),
    h("span", { class: row.ended === "stop" ? "cb-case-ended cb-plain" : "cb-case-ended" }, narrow("ended by"), row.ended),
    h("span", { class: "cb-case-kind" },
      h("span", { class: `cb-chip cb-chip-${row.kind}` }, explained(all, word, word, told)), " "),
  ].flatMap((cell) => [cell, " "]);
}

function draw(all, parts, row, chosen, told, root) {
  const made = h("details", { class: `cb-case cb-case-${row.kind}`, id: row.at }, h("summary", {}, cells(all, row, chosen, told)));
  // What is inside is made when the row is opened: five thousand closed rows are cheap, open ones are not.
  made.addEventListener("toggle", async () => {
    if (!made.open || made.children.length > 1) return;
    const waits = h("p", { class: "cb-sub" }, "Loading\u2026");
    made.append(waits);
    try {
      waits.replaceWith(inside(all, row, await parts.whole(row), root));
    } catch (error) {
      waits.replaceWith(h("p", { class: "cb-none" }, `${error.message}.`));
    }
  });
  return made;
}

function start(root) {
  const controls = root.querySelector(".cb-case-controls");
  const buttons = [...controls.querySelectorAll("[data-kind]")];
  const fields = Object.fromEntries([...controls.querySelectorAll("[name]")].map((field) => [field.name, field]));
  const list = at("cases");
  let all = null;
  let parts = null;
  let byName = [];
  let found = [];
  let shown = 0;
  let told = new Set();
  let turn = 0;

  const asked = () => new URLSearchParams(location.search);
  const chosenKind = () => buttons.find((button) => button.getAttribute("aria-pressed") === "true").dataset.kind;
  const words = () => fields.words.value.toLowerCase().split(/\s+/).filter(Boolean);

  function chosenScores() {
    const value = fields.scores?.value ?? "";
    if (value === "*") return all.scorers.map((_, place) => place);
    return (value ? [value] : all.usual).map((label) => all.scorers.indexOf(label));
  }

  function readAddress() {
    const query = asked();
    for (const field of Object.values(fields)) {
      field.value = query.get(field.name) ?? "";
      if (field.selectedIndex === -1) field.value = "";
    }
    press(query.get("c") ?? "all");
  }

  function press(kind) {
    const known = buttons.some((button) => button.dataset.kind === kind) ? kind : "all";
    for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.kind === known));
  }

  function writeAddress() {
    const query = new URLSearchParams();
    if (chosenKind() !== "all") query.set("c", chosenKind());
    for (const { name, value } of Object.values(fields)) if (value) query.set(name, value);
    const text = query.toString();
    history.replaceState(history.state, "", `${location.pathname}${text && `?${text}`}${location.hash}`);
  }

  function matching() {
    const [kind, tag, wanted] = [chosenKind(), fields.tag?.value, words()];
    const rows = fields.sort.value === "id" ? byName : all.rows;
    return rows.filter((row) => (kind === "all" || (kind === "protected" ? row.protected : row.kind === kind))
      && (!tag || row.tags?.includes(tag)) && wanted.every((word) => row.text.includes(word)));
  }

  function more() {
    const chosen = chosenScores();
    const rows = found.slice(shown, shown + PAGE).map((row) => draw(all, parts, row, chosen, told, root));
    shown += rows.length;
    list.append(...rows);
    const left = found.length - shown;
    fill(at("more"), left
      ? h("button", { type: "button", class: "cb-button", click: more }, `Show ${Math.min(PAGE, left)} of ${left.toLocaleString("en")} more`)
      : null);
  }

  function show(note = "") {
    found = matching();
    shown = 0;
    told = new Set();
    fill(list);
    heads();
    more();
    at("shown").textContent = `${found.length.toLocaleString("en")} of ${all.rows.length.toLocaleString("en")} cases shown${note}.`;
  }

  function heads() {
    const row = at("case-heads");
    for (const old of row.querySelectorAll(".cb-num")) old.remove();
    row.querySelector(".cb-case-ended").before(...chosenScores().map((place) => h("span", { class: "cb-num" }, all.scorers[place])));
  }

  async function ready() {
    if (all) return;
    all = await read(beside("cases", root));
    all.rows.forEach((row, place) => Object.assign(row, { place, text: brief(row) }));
    const names = new Intl.Collator("en", { numeric: true });
    byName = [...all.rows].sort((a, b) => names.compare(a.id, b.id));
    parts = new Parts(all, root);
  }

  async function apply() {
    const mine = ++turn;
    try {
      await ready();
      if (mine !== turn) return;
      if (!words().length || parts.searched) return void show();
      // The table's own columns answer at once; passages and reasons follow.
      show(", looking into all texts\u2026");
      await parts.texts();
      if (mine === turn) show();
    } catch (error) {
      if (mine === turn) at("shown").textContent = `${error.message}.`;
    }
  }

  /** The case in the address, wherever in the list it is. */
  async function open() {
    const name = decodeURIComponent(location.hash.slice(1));
    if (!name.startsWith("case-")) return;
    if (!document.getElementById(name)) await apply();
    const place = document.getElementById(name) ? -1 : found.findIndex((row) => row.at === name);
    if (place >= 0) {
      // Far down the list it comes first: nobody waits for thousands of rows before it.
      const [row] = found.splice(place, 1);
      list.prepend(draw(all, parts, row, chosenScores(), told, root));
    }
    const target = document.getElementById(name);
    if (!target) return;
    target.open = true;
    target.scrollIntoView();
  }

  controls.hidden = false;
  readAddress();
  controls.addEventListener("click", (event) => {
    const button = event.target.closest("[data-kind]");
    if (!button) return;
    press(button.dataset.kind);
    writeAddress();
    apply();
  });
  let waiting = 0;
  controls.addEventListener("input", (event) => {
    clearTimeout(waiting);
    // Somebody who types goes on typing; a choice is made.
    waiting = setTimeout(() => { writeAddress(); apply(); }, event.target === fields.words ? 120 : 0);
  });
  addEventListener("hashchange", open);
  const begun = root.dataset.all === undefined || [...asked().keys()].length ? apply() : Promise.resolve();
  begun.then(open);
}

const root = at("every-case");
if (root) start(root);
