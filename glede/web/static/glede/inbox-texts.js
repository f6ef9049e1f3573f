// “;” at the beginning of a word offers the texts; what follows it filters, Enter puts one in.
// The focus stays in the box; the list is said by aria-activedescendant.

import { fetched } from "./fetched.js";

const byId = (id) => document.getElementById(id);
/** Where “;” stands in the box while the list is open; -1 while it is not. */
let from = -1;
let asked = "";

const list = () => byId("texts-list");
const pop = () => byId("texts-pop");
const offered = () => [...list().querySelectorAll("[role=option]:not([hidden])")];
const active = () => list().querySelector("[aria-selected=true]");

export const isOpen = () => from >= 0;

async function load(box) {
  const { texts } = box.form.dataset;
  if (asked === texts && list().childElementCount) return;
  asked = texts;
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#texts-list" };
  const answer = await fetched(texts, { headers });
  if (asked !== texts) return;
  list().innerHTML = answer?.ok ? answer.text : "";
  if (!answer?.ok) asked = "";
}

function place(box) {
  const at = box.getBoundingClientRect();
  const card = pop();
  card.style.inlineSize = `${Math.min(at.width, 520)}px`;
  card.style.left = `${at.left}px`;
  card.style.top = `${Math.max(8, at.top - card.offsetHeight - 8)}px`;
}

async function open(box, at) {
  from = at;
  box.setAttribute("aria-controls", "texts-list");
  await load(box);
  if (from !== at || !box.isConnected) return;
  pop().showPopover();
  filter(box);
}

export function close(box = byId("words")) {
  if (from < 0) return;
  from = -1;
  if (pop()?.matches(":popover-open")) pop().hidePopover();
  box?.removeAttribute("aria-activedescendant");
  box?.removeAttribute("aria-controls");
}

function filter(box) {
  const wanted = box.value.slice(from + 1, box.selectionStart).toLowerCase();
  if (box.selectionStart <= from || box.value[from] !== ";" || /^\s|\n/.test(wanted)) { close(box); return; }
  for (const one of list().children) {
    one.hidden = !wanted.split(/\s+/).every((word) => one.dataset.find.includes(word));
  }
  const none = !offered().length;
  byId("texts-none").hidden = !none;
  choose(box, offered()[0]);
  place(box);
}

function choose(box, option) {
  active()?.setAttribute("aria-selected", "false");
  if (!option) { box.removeAttribute("aria-activedescendant"); return; }
  option.setAttribute("aria-selected", "true");
  option.scrollIntoView({ block: "nearest" });
  box.setAttribute("aria-activedescendant", option.id);
}

function move(box, by) {
  const all = offered();
  const next = all.indexOf(active()) + by;
  choose(box, all[(next + all.length) % all.length]);
}

function put(box, option) {
  const { words, id } = option.dataset;
  box.setRangeText(words, from, box.selectionStart, "end");
  const at = from;
  close(box);
  box.focus();
  // What has no value here is chosen, to be typed over.
  const gap = words.search(/\{\{[^{}]*\}\}/);
  if (gap >= 0) box.setSelectionRange(at + gap, at + words.indexOf("}}", gap) + 2);
  box.dispatchEvent(new Event("input", { bubbles: true }));
  const { form } = box;
  const body = new URLSearchParams({ text: id, csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value });
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#texts-list" };
  fetch(form.dataset.texts, { method: "POST", body, headers, keepalive: true }).catch(() => {
    // It was put in all the same; only its use goes uncounted.
  });
}

/** By the button: as if “;” had been typed where the caret is. */
function begin(box) {
  box.focus();
  const at = box.selectionStart;
  const gap = at && !/\s/.test(box.value[at - 1]) ? " ;" : ";";
  box.setRangeText(gap, at, box.selectionEnd, "end");
  open(box, box.selectionStart - 1);
}

export function start() {
  document.addEventListener("input", (event) => {
    const box = event.target;
    if (box.id !== "words") return;
    if (isOpen()) { filter(box); return; }
    const at = box.selectionStart - 1;
    if (event.data === ";" && (at === 0 || /\s/.test(box.value[at - 1]))) open(box, at);
  });
  document.addEventListener("keydown", (event) => {
    const box = event.target;
    if (!isOpen() || box.id !== "words" || event.isComposing) return;
    const act = {
      ArrowDown: () => move(box, 1),
      ArrowUp: () => move(box, -1),
      Enter: () => active() && put(box, active()),
      Tab: () => active() && put(box, active()),
      Escape: () => close(box),
    }[event.key];
    if (!act || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }, true);
  // Before the box loses the focus to the list.
  document.addEventListener("pointerdown", (event) => {
    if (event.target.closest?.("#texts-pop")) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const option = event.target.closest?.("#texts-list [role=option]");
    if (option) { put(byId("words"), option); return; }
    if (event.target.closest?.("[data-texts-open]")) {
      event.preventDefault();
      if (isOpen()) close(); else begin(byId("words"));
      return;
    }
    if (isOpen() && !event.target.closest?.("#texts-pop, #words")) close();
  });
  document.addEventListener("focusout", (event) => { if (event.target.id === "words") close(event.target); });
}
