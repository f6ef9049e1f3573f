// Single keys. A screen registers what it offers; the sheet (?) lists exactly that.
//
//   import { keys } from "./keys.js";
//   keys.on("j", () => move(1), { label: gettext("Next conversation"), group: gettext("Move") });
//   keys.on("g i", toInbox, { label: gettext("Go to the inbox"), group: gettext("Go") });
//
// The key given is the act's usual one and what the act is known by (`name`, where the same key does
// something else on another screen); a person may have chosen another or none, which the server
// says on <html data-keymap>. Every act must stand in rulebook/people/keys.py.
//
// Silent while somebody writes, with Ctrl, Alt or Meta held, and when the person switched single
// keys off. Named keys (Enter, Escape) and combinations may be given as "Ctrl Enter": they work in
// text boxes and are never switched off, because no speech program says them by accident.
import { gettext } from "./words.js";

const registered = new Map();
const chosen = JSON.parse(document.documentElement.dataset.keymap ?? "{}");
const WRITES = "input, textarea, select, [contenteditable]:not([contenteditable=false])";
const HINT_FOR = 4_000;
/** The first key of two, pressed and waiting for the second. */
let begun = "";
let hiding = 0;

const off = () => document.documentElement.dataset.keys === "off";
const writing = (target) => target instanceof Element && target.closest(WRITES) !== null;
const isSingle = (key) => !key.startsWith("Ctrl ");

function nameOf(event) {
  const ctrl = event.ctrlKey || event.metaKey;
  return ctrl ? `Ctrl ${event.key.length === 1 ? event.key.toUpperCase() : event.key}` : event.key;
}

/** The key that does it for this person; empty for none. */
export function keyOf(known) {
  return chosen[known] ?? registered.get(known)?.usual ?? known;
}

const withKey = (key) => [...registered].find(([known]) => keyOf(known) === key)?.[1];
const beginningWith = (key) =>
  [...registered].filter(([known]) => isSingle(known) && keyOf(known).startsWith(`${key} `));

// --- Two keys, one after the other ---------------------------------------------------------------

function hint(key, offered) {
  const box = document.getElementById("key-hint");
  begun = key;
  box.replaceChildren(kbd(key), ` ${gettext("then")} `, ...offered.flatMap(([known, { label }]) => [
    kbd(keyOf(known).slice(key.length + 1)), ` ${label} `,
  ]));
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(unhint, HINT_FOR);
}

function unhint() {
  begun = "";
  clearTimeout(hiding);
  document.getElementById("key-hint").hidden = true;
}

// --- What a key does -----------------------------------------------------------------------------

/** Is this key nobody's business but the browser's just now? */
function silent(name, event) {
  if (isSingle(name) && (off() || writing(event.target))) return true;
  return document.querySelector("dialog[open]") !== null && name !== keyOf("?");
}

function handle(event) {
  if (event.defaultPrevented || event.isComposing || event.altKey) return;
  const name = nameOf(event);
  if (["Shift", "Control", "Meta", "Alt", "CapsLock"].includes(event.key) || silent(name, event)) return;
  const second = begun && withKey(`${begun} ${name}`);
  if (begun) unhint();
  const found = second || withKey(name);
  if (found) {
    event.preventDefault();
    found.act(event);
    return;
  }
  const offered = beginningWith(name);
  if (!offered.length) return;
  event.preventDefault();
  hint(name, offered);
}

function kbd(words) {
  const key = document.createElement("kbd");
  key.textContent = words;
  // It is what it says: no hint of a usual key.
  key.dataset.key = "";
  return key;
}

function row(name, label) {
  const line = document.createElement("div");
  line.append(kbd(name), document.createTextNode(label));
  return line;
}

export const keys = {
  on(usual, act, { label, group = gettext("Screen"), name = usual }) {
    registered.set(name, { usual, act, label, group });
    told();
  },

  off(name) {
    registered.delete(name);
  },

  /** What can be done here, for the command bar: label, group, key and act, as they were registered. */
  offers() {
    return [...registered].map(([known, { act, label, group }]) => ({ name: keyOf(known), label, group, act }));
  },

  /** Fills the sheet with what is registered now, by group. */
  list(into) {
    const groups = Map.groupBy(registered, ([, key]) => key.group);
    into.replaceChildren(...[...groups].flatMap(([group, entries]) => {
      const head = document.createElement("h3");
      head.textContent = group;
      return [head, ...entries.map(([known, { label }]) => row(keyOf(known) || gettext("no key"), label))];
    }));
  },
};

// --- Keys named on the page: <kbd>m</kbd> says the key of whoever sits here ----------------------

/** Only where somebody chose; for everybody else the page says it already. */
const differs = () => off() || Object.keys(chosen).length > 0;
let telling = false;

function tell() {
  telling = false;
  for (const mark of document.querySelectorAll("kbd:not([data-key=''])")) {
    mark.dataset.key ??= mark.textContent.trim();
    const usual = mark.dataset.key;
    const own = keyOf(usual);
    if (mark.textContent !== own) mark.textContent = own;
    mark.hidden = own === "" || (off() && isSingle(usual));
  }
}

function told() {
  if (!differs() || telling) return;
  telling = true;
  queueMicrotask(tell);
}

document.addEventListener("keydown", handle);
if (differs()) new MutationObserver(told).observe(document.body, { childList: true, subtree: true });
