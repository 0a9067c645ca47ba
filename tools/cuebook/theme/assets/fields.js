// The fields of the form that come and go: messages, inputs, values to preview with.

import { fill, h, kept, options } from "./parts.js";
import { NO_TEXT, newInput } from "./promptform.js";
import { PLACEHOLDER } from "./tooldiff.js";

function slot(label, control, { quiet = false, wide = false } = {}) {
  const error = h("p", { id: `${control.id}-error`, class: "cb-error", "aria-live": "polite" });
  control.setAttribute("aria-describedby", error.id);
  const words = h("label", { for: control.id, class: quiet ? "cb-hidden" : null }, label);
  return h("div", { class: wide ? "cb-slot cb-slot-wide" : "cb-slot" }, words, control, error);
}

function control(name, id, field, value, attributes = {}) {
  const made = h(name, { id, "data-field": field, ...attributes });
  made.value = value;
  return made;
}

function area(id, field, value, least = 1) {
  return control("textarea", id, field, value, { rows: Math.max(least, value.split("\n").length), spellcheck: "true" });
}

function select(id, field, values, value) {
  const made = h("select", { id, "data-field": field });
  // What is published may say what this page does not know; it stays until somebody changes it.
  options(made, [...new Set([...values, value])].map((item) => [item, item]), value);
  return made;
}

const small = (words, label, press, off = false) =>
  h("button", { type: "button", class: "cb-small-button", "aria-label": label, disabled: off, click: press }, words);

/** Draw the messages of a chat; `act(what, index)` is told what is pressed. */
export function drawMessages(target, messages, roles, act) {
  const last = messages.length - 1;
  fill(target, messages.map(({ role, content, kept: raw }, at) => {
    const nth = `message ${at + 1}`;
    const buttons = [
      small("\u2191", `Move ${nth} up`, () => act("up", at), at === 0),
      small("\u2193", `Move ${nth} down`, () => act("down", at), at === last),
      small("Remove", `Remove ${nth}`, () => act("remove", at), last === 0),
    ];
    if (raw) {
      const heading = h("strong", {}, role === PLACEHOLDER ? `the conversation so far: ${content}` : kept(role));
      return h(
        "div",
        { class: "cb-part", role: "group", "aria-label": `Message ${at + 1}` },
        h("div", { class: "cb-part-head" }, heading, h("div", { class: "cb-row" }, buttons)),
        role !== PLACEHOLDER && h("pre", { class: "cb-text", tabindex: "0" }, kept(content)),
      );
    }
    const who = slot(`Role of ${nth}`, select(`cb-role-${at}`, `messages.${at}.role`, roles, role), { quiet: true });
    const text = area(`cb-message-${at}`, `messages.${at}.content`, content, 3);
    return h(
      "div",
      { class: "cb-part", role: "group", "aria-label": `Message ${at + 1}` },
      h("div", { class: "cb-part-head" }, who, h("div", { class: "cb-row" }, buttons)),
      slot(`Text of ${nth}`, text, { quiet: true, wide: true }),
    );
  }));
}

/** Draw what is said of each input; `remove` is null where inputs follow from the text, `ways` has buttons for
    those that no case fills. */
export function drawInputs(target, state, used, types, remove, ways) {
  fill(target, [...used].filter(([, type]) => !NO_TEXT.includes(type)).map(([name, type]) => {
    const given = state.inputs[name] ?? newInput(type);
    const field = `inputs.${name}`;
    const id = `cb-input-${name}`;
    const box = { type: "checkbox", id: `${id}-required`, "data-field": `${field}.required`, checked: given.required, "aria-describedby": `${id}-required-error` };
    const value = slot("Default", area(`${id}-default`, `${field}.default`, given.default), { wide: true });
    value.hidden = given.required;
    return h(
      "div",
      { class: "cb-part", role: "group", "aria-label": `Input ${name}` },
      h(
        "div",
        { class: "cb-part-head" },
        h("code", { class: "cb-var" }, name),
        h("label", { class: "cb-tick" }, h("input", box), "Apps must pass it"),
        remove && small("Remove", `Remove ${name}`, () => remove(name)),
      ),
      h("p", { id: `${id}-required-error`, class: "cb-error", "aria-live": "polite" }),
      ways.has(name) && h("div", { class: "cb-row cb-ways" }, ways.get(name)),
      h(
        "div",
        { class: "cb-type-and-words" },
        slot("Type", select(`${id}-type`, `${field}.type`, types, given.type)),
        slot("What it is", area(`${id}-about`, `${field}.description`, given.description)),
        value,
      ),
    );
  }));
}

/** Draw a field for each value that the preview is filled with. */
export function drawSamples(target, used, values, changed) {
  fill(target, [...used.keys()].map((name) => {
    const made = area(`cb-sample-${name}`, null, values.get(name) ?? "");
    made.removeAttribute("data-field");
    made.addEventListener("input", () => changed(name, made.value));
    return slot(name, made, { wide: true });
  }));
}
