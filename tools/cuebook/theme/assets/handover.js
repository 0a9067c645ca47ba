// Handing a file over to the repository: it goes into the address of the host's new-file page, and one too long for
// an address goes by way of the clipboard or a download.

import { at, fill, h } from "./parts.js";
import { newFileUrl } from "./promptfile.js";

/** Open the host's new-file page with `file`, {path, text, title, called}, or say how to get it there. */
export async function deliver(setup, file) {
  const url = setup.newFile && newFileUrl(setup.newFile, file.path, file.text, file.title);
  // GitLab takes the name of a new file, not its text.
  const takesText = setup.newFile?.includes("{value}");
  if (url && takesText && url.length <= setup.maxUrl) {
    window.open(url, "_blank", "noopener");
    show(
      `${file.called} filled in at ${setup.host || "the host"}`,
      h("p", {}, "Check it there and choose ", h("em", {}, "Propose changes"), " or ", h("em", {}, "Commit changes"), "."),
      h("p", {}, "No new tab? ", link(url, `Open ${setup.host || "the page"}`)),
    );
    return;
  }
  const copied = await copy(file.text);
  show(
    url ? `${takesText ? "The file is too long for a link" : `${setup.host || "The host"} takes no text by a link`}: paste it` : "Put the file into the repository",
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

/** Put a text on the clipboard; says whether the browser let us. */
export async function copy(text) {
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

/** Save a text as a file. */
export function download(filename, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  h("a", { href: url, download: filename }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
