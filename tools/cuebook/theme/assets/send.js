// Sending a new version: the next number is asked for at that moment, the file goes into the address of the
// host's new-file page, and a file too long for an address goes by way of the clipboard.

import { at, everyPrompt, fill, h, liveOf, nextNumber, promptIndex, versionOf } from "./parts.js";
import { filePath, newFileUrl, toYaml } from "./promptfile.js";
import { behavesAs } from "./promptform.js";

const MAX_FILE = 1 << 20;

/** Make the buttons work: propose, copy, download. `tell` checks the form and takes refusals. */
export function send(setup, form, tell) {
  at("send").addEventListener("click", () => propose(setup, form, tell));
  at("copy").addEventListener("click", async () => {
    fill(at("copy"), (await copy(toYaml(form.made.file))) ? "Copied" : "Select the text and copy it");
    setTimeout(() => fill(at("copy"), "Copy the file"), 2000);
  });
  at("download").addEventListener("click", () => download(`v${tell.next()}.prompt.yml`, toYaml(form.made.file)));
}

async function propose(setup, form, tell) {
  fill(at("result"));
  if (!(await tell.check())) return;
  const { file } = form.made;
  let number;
  try {
    number = await (form.prompt ? numberOf(form, file, tell) : firstNumber(form, tell));
  } catch (error) {
    fill(at("result"), h("p", { class: "cb-error" }, `The next number is not known: ${error.message}. Try again.`));
    return;
  }
  if (!number) return;
  const text = toYaml(file);
  if (new TextEncoder().encode(text).length > MAX_FILE) {
    tell.refuse("message", "The file has more than 1 MiB, which is the limit.");
    return;
  }
  await deliver(setup, { path: filePath(setup.folder, tell.name(), number), text, title: `${tell.name()} v${number}: ${file.message}`, number });
}

async function numberOf(form, file, tell) {
  const index = await promptIndex(form.prompt.name, "no-store");
  const newest = Math.max(...index.versions.map((entry) => entry.version));
  const known = [...new Set([newest, liveOf(index)])].map((one) => versionOf(form.prompt.name, one));
  const alike = (await Promise.all(known)).find((one) => behavesAs(file, one));
  if (!alike) return nextNumber(index);
  const field = form.state.kind === "chat" ? "messages.0.content" : "template";
  const live = alike.version === newest ? "" : ", which is live";
  tell.refuse(field, `This says the same as v${alike.version}${live}: nothing that changes behaviour was edited.`);
  return null;
}

async function firstNumber(form, tell) {
  const { prompts } = await everyPrompt("no-store");
  if (!prompts.some((entry) => entry.name === form.state.name)) return 1;
  tell.refuse("name", "There is a prompt of this name already: choose it at the top.");
  return null;
}

async function deliver(setup, file) {
  const url = setup.newFile && newFileUrl(setup.newFile, file.path, file.text, file.title);
  if (url && setup.newFile.includes("{value}") && url.length <= setup.maxUrl) {
    window.open(url, "_blank", "noopener");
    show(
      `v${file.number} is filled in at ${setup.host || "the host"}`,
      h("p", {}, "Look it over there and choose ", h("em", {}, "Propose changes"), " or ", h("em", {}, "Commit changes"), "."),
      h("p", {}, "No new tab? ", link(url, `Open ${setup.host || "the page"}`)),
    );
    return;
  }
  const copied = await copy(file.text);
  show(
    url ? "The file is too long for a link: paste it" : "Put the file into the repository",
    h("ol", { class: "cb-steps" }, steps(setup, file, copied)),
  );
}

function steps(setup, file, copied) {
  const again = h("button", { type: "button", class: "cb-small-button" }, copied ? "Copy it again" : "Copy the file");
  const said = h("span", { role: "status" }, copied ? "The file is on your clipboard. " : "Copy the file. ");
  again.addEventListener("click", async () => fill(said, (await copy(file.text)) ? "Copied. " : "The browser did not let us copy. "));
  const save = h("button", { type: "button", class: "cb-small-button" }, "Download it");
  save.addEventListener("click", () => download(file.path.split("/").at(-1), file.text));
  const first = h("li", {}, said, again, " ", save);
  if (!setup.newFile) return [first, h("li", {}, "Save it as ", h("code", {}, file.path), ", commit it with this message and open a pull request: ", h("code", {}, file.title))];
  const url = newFileUrl(setup.newFile, file.path, null, file.title);
  return [
    first,
    h("li", {}, link(url, "Open the new-file page", "cb-button cb-button-main"), h("span", { class: "cb-sub" }, "The file's name is filled in: ", h("code", {}, file.path))),
    h("li", {}, "Click into the large empty field and paste: ", h("kbd", {}, "Ctrl"), "+", h("kbd", {}, "V"), ", on a Mac ", h("kbd", {}, "\u2318"), "+", h("kbd", {}, "V")),
    h("li", {}, "Choose ", h("em", {}, "Propose changes"), " or ", h("em", {}, "Commit changes"), ", with the message ", h("code", {}, file.title)),
  ];
}

const link = (href, words, named = null) => h("a", { href, target: "_blank", rel: "noopener", class: named }, words);

function show(title, ...inside) {
  const head = h("h3", { tabindex: -1 }, title);
  fill(at("result"), h("div", { class: "cb-sent" }, head, inside));
  head.focus();
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Sites without https have no clipboard of their own.
function copyBySelection(text) {
  const area = h("textarea", { class: "cb-hidden", "aria-hidden": "true" });
  const before = document.activeElement;
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  before?.focus();
  return done;
}

function download(filename, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  h("a", { href: url, download: filename }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
