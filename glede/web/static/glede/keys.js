// Single keys. A screen registers what it offers; the sheet (?) lists exactly that.
//
//   import { keys } from "./keys.js";
//   keys.on("j", () => move(1), { label: "Next conversation", group: "Move" });
//
// Silent while somebody writes, with Ctrl, Alt or Meta held, and when the person switched single
// keys off. Named keys (Enter, Escape) and combinations may be given as "Ctrl Enter": they work in
// text boxes and are never switched off, because no speech program says them by accident.

const registered = new Map();
const WRITES = "input, textarea, select, [contenteditable]:not([contenteditable=false])";

const off = () => document.documentElement.dataset.keys === "off";
const writing = (target) => target instanceof Element && target.closest(WRITES) !== null;

function nameOf(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  return ctrl ? `Ctrl ${event.key.length === 1 ? event.key.toUpperCase() : event.key}` : event.key;
}

function handle(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const name = nameOf(event);
  const found = registered.get(name);
  if (!found) return;
  const single = !name.startsWith("Ctrl ");
  if (single && (off() || writing(event.target))) return;
  if (document.querySelector("dialog[open]") && name !== "?") return;
  event.preventDefault();
  found.act(event);
}

function row(name, label) {
  const line = document.createElement("div");
  const key = document.createElement("kbd");
  key.textContent = name;
  line.append(key, document.createTextNode(label));
  return line;
}

export const keys = {
  on(name, act, { label, group = "Screen" }) {
    registered.set(name, { act, label, group });
  },

  off(name) {
    registered.delete(name);
  },

  /** What can be done here, for the command bar: label, key and act, as they were registered. */
  offers() {
    return [...registered].map(([name, { act, label }]) => ({ name, label, act }));
  },

  /** Fills the sheet with what is registered now, by group. */
  list(into) {
    const groups = Map.groupBy(registered, ([, key]) => key.group);
    into.replaceChildren(...[...groups].flatMap(([group, entries]) => {
      const head = document.createElement("h3");
      head.textContent = group;
      return [head, ...entries.map(([name, { label }]) => row(name, label))];
    }));
  },
};

document.addEventListener("keydown", handle);
