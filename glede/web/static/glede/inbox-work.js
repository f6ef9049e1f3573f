// Work shared out: the bar that undoes the last act.
import { keys } from "./keys.js";
import { gettext, ngettext } from "./words.js";

const byId = (id) => document.getElementById(id);

/** The bar goes when its time is over: an offer that would be refused is none. */
function expire(now) {
  const bar = byId("done")?.querySelector("[data-until]");
  if (bar && Date.parse(bar.dataset.until) <= now()) bar.remove();
}

// --- Choosing rows -------------------------------------------------------------------------------

/** The chosen conversations: the list may be put in anew, what was chosen stays chosen. */
const picked = new Set();
let last = "";

const boxes = () => [...document.querySelectorAll("#rows .pick input")];

function tellPicked() {
  const words = byId("picked");
  if (words) words.textContent = ngettext("%(n)s chosen:", "%(n)s chosen:", picked.size);
}

function pick(box, on) {
  box.checked = on;
  if (on) picked.add(box.value); else picked.delete(box.value);
  last = box.value;
  tellPicked();
}

/** The row that a key has chosen, or the one in which the focus is. */
function current() {
  const row = document.activeElement?.closest("#rows .row")
    ?? document.querySelector("#rows [aria-current]")?.closest(".row");
  return row?.querySelector(".pick input");
}

function pickCurrent() {
  const box = current();
  if (box) pick(box, !box.checked);
}

/** Everything between the row chosen last and this one. */
function pickRange() {
  const box = current();
  if (!box) return;
  const all = boxes();
  const from = all.findIndex((one) => one.value === last);
  const to = all.indexOf(box);
  const [first, end] = from < 0 ? [to, to] : [Math.min(from, to), Math.max(from, to)];
  all.slice(first, end + 1).forEach((one) => pick(one, true));
}

function repick() {
  const here = boxes();
  here.forEach((box) => { box.checked = picked.has(box.value); });
  // What no longer stands in this list is not acted on unseen.
  const shown = new Set(here.map((box) => box.value));
  [...picked].filter((id) => !shown.has(id)).forEach((id) => picked.delete(id));
  tellPicked();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("#rows .pick input")) pick(event.target, event.target.checked);
});
document.addEventListener("click", (event) => {
  if (!event.shiftKey || !event.target.matches("#rows .pick input")) return;
  event.target.checked = true;
  event.target.focus();
  pickRange();
});
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "list") repick();
});

// An open menu holds the head still; once its act is done it is in the way of what has changed.
document.addEventListener("glede:acted", () => {
  for (const open of document.querySelectorAll("#head .menu[open]")) {
    const within = open.contains(document.activeElement);
    open.open = false;
    if (within) byId("title")?.focus({ preventScroll: true });
  }
});

/** `now` is the server's time as this computer knows it. */
export function start(now) {
  setInterval(() => expire(now), 500);
}

/** Opens a menu of the thread's head and goes to its first field; closes it again. */
function menu(id) {
  const found = byId(id);
  if (!found) return;
  found.open = !found.open;
  if (found.open) found.querySelector(".sheet input:not([type=hidden]), .sheet button, .sheet a")?.focus();
  else byId("title")?.focus();
}

keys.on("l", () => menu("label-menu"), { label: gettext("Label"), group: gettext("Decide") });
keys.on("s", () => menu("snooze-menu"), { label: gettext("Snooze"), group: gettext("Decide") });
keys.on("x", pickCurrent, { label: gettext("Choose the row"), group: gettext("Many at once") });
keys.on("X", pickRange, { label: gettext("Choose up to this row"), group: gettext("Many at once") });
