// Sending a new version: the next number is asked for at that moment, and handover.js takes the file from there.

import { copy, deliver, download } from "./handover.js";
import { at, everyPrompt, fill, h, liveOf, nextNumber, promptIndex, versionOf } from "./parts.js";
import { filePath, toYaml } from "./promptfile.js";
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
  const title = `${tell.name()} v${number}: ${file.message}`;
  await deliver(setup, { path: filePath(setup.folder, tell.name(), number), text, title, called: `v${number} is` });
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
