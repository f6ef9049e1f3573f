// What others do appears here without a reload, and nothing moves under the cursor:
// rows change where they stand, new ones wait behind a word, an open thread grows at its end.
import * as thread from "./inbox-thread.js";
import { say } from "./shell.js";
import { gettext, ngettext } from "./words.js";

const GAP = 300; // between two requests, however many events come in
const PART = { "HX-Request": "true", "HX-Request-Type": "partial" };
const byId = (id) => document.getElementById(id);

async function parts(url, target) {
  const answer = await fetch(url, { headers: { ...PART, "HX-Target": target } });
  if (!answer.ok) return null;
  const made = document.createElement("template");
  made.innerHTML = await answer.text();
  return made.content;
}

/** Runs `work` at once, then again for whatever came in meanwhile, never twice at the same time. */
function paced(work) {
  let busy = false;
  let again = false;
  return async function run() {
    if (busy) { again = true; return; }
    busy = true;
    try {
      do {
        again = false;
        await work();
        await new Promise((done) => { setTimeout(done, GAP); });
      } while (again);
    } catch (error) {
      // Offline: the line above the desk says so, and everything is asked for again on return.
      if (!(error instanceof TypeError)) throw error;
    } finally {
      busy = false;
    }
  };
}

// --- The list ------------------------------------------------------------------------------------

const changed = new Set();
const fresh = new Set();
const moved = new Set();

const rows = () => [...document.querySelectorAll("#rows .row")];

/** Lane, time, id; where the newest stand first, time counts down. */
function placeOf(row) {
  const [lane, at, id] = row.dataset.place.split(".");
  const sign = byId("list").dataset.order === "newest" ? -1 : 1;
  return [Number(lane), at === "-" ? Infinity : sign * Number(at), sign * Number(id)];
}

function before(one, other) {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at >= 0 && one[at] < other[at];
}

/** May the row take its new words where it stands? */
function keepsPlace(old, row) {
  const all = rows();
  const at = all.indexOf(old);
  const place = placeOf(row);
  const above = all[at - 1];
  const below = all[at + 1];
  return (!above || before(placeOf(above), place)) && (!below || before(place, placeOf(below)));
}

function replace(old, row) {
  const focused = old.contains(document.activeElement)
    ? document.activeElement.matches(".due") ? ".due" : ".to"
    : null;
  if (old.querySelector(".to").hasAttribute("aria-current")) {
    row.querySelector(".to").setAttribute("aria-current", "true");
  }
  const picked = old.querySelector(".pick input");
  if (picked?.checked) row.querySelector(".pick input").checked = true;
  old.replaceWith(row);
  htmx.process(row);
  if (focused) row.querySelector(focused).focus({ preventScroll: true });
  document.dispatchEvent(new CustomEvent("glede:rows.changed"));
}

function take(row) {
  const id = row.dataset.id;
  const old = byId(row.id);
  if (!old) {
    if (!row.classList.contains("left")) fresh.add(id);
    return;
  }
  fresh.delete(id);
  if (Number(row.dataset.revision) < Number(old.dataset.revision)) return;
  if (row.classList.contains("left") || keepsPlace(old, row)) moved.delete(id);
  else { moved.add(id); row.dataset.place = old.dataset.place; }
  replace(old, row);
}

function tellFresh() {
  const bar = byId("fresh");
  if (!bar) return;
  const words = [
    fresh.size ? ngettext("%(n)s new", "%(n)s new", fresh.size) : "",
    moved.size ? ngettext("%(n)s moved", "%(n)s moved", moved.size) : "",
  ];
  const said = words.filter(Boolean).join(", ");
  if (said && byId("fresh-words").textContent !== said && fresh.size) say(said);
  byId("fresh-words").textContent = said;
  bar.hidden = !said;
  bar.dataset.ids = [...fresh].join(" ");
}

/** The figures of views and headings; a menu that somebody has open is left alone. */
function renewFigures(found) {
  if (!byId("tabs")?.querySelector(".menu[open]")) byId("tabs")?.replaceWith(found.querySelector("#tabs"));
  for (const { dataset, textContent } of found.querySelectorAll("[data-head]")) {
    const figure = byId(`g-${dataset.head}`)?.querySelector(".n");
    if (figure) figure.textContent = textContent;
  }
}

const refreshRows = paced(async () => {
  const list = byId("list");
  if (!list || !changed.size) return;
  const ids = [...changed].slice(0, 100);
  ids.forEach((id) => changed.delete(id));
  const url = new URL(list.dataset.rows, location.href);
  ids.forEach((id) => url.searchParams.append("id", id));
  const found = await parts(url, "ul#rows");
  if (!found) return;
  renewFigures(found);
  // Nothing stands here yet, so nothing can move.
  if (byId("nothing") && found.querySelector(".row:not(.left)")) { await showFresh(); return; }
  [...found.querySelectorAll(".row")].forEach(take);
  tellFresh();
  if (changed.size) refreshRows();
});

export function rowChanged(id) {
  changed.add(String(id));
  refreshRows();
}

/** Brings the list up to date and keeps the chosen row in sight. */
export async function showFresh() {
  const url = byId("fresh")?.getAttribute("href") ?? byId("list").dataset.url;
  fresh.clear();
  moved.clear();
  await htmx.ajax("GET", url, {
    target: "#list", swap: "outerHTML", headers: { "HX-Target": "section#list" },
  });
  markRow();
  if (!document.activeElement || document.activeElement === document.body) {
    byId("rows").focus({ preventScroll: true });
  }
}

/** The row of the open conversation is the chosen one, unless a key has just chosen another. */
export function markRow(chosen = "") {
  const id = chosen || byId("main")?.dataset.id;
  for (const link of document.querySelectorAll("#rows .to")) {
    const here = link.closest(".row").dataset.id === id;
    if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
}

// --- The open conversation -----------------------------------------------------------------------

const atEnd = (talk) => talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;

const opened = (node) => [...node.querySelectorAll("details")].map((one) => one.open);

/** Puts a newer part in the place of an older one, unless somebody has a menu open in it. */
function renew(old, part) {
  if (!old || !part || old.querySelector(".menu[open]")) return;
  const folds = opened(old);
  const scroll = old.querySelector(".scroll")?.scrollTop ?? 0;
  const within = "a, button, summary, [tabindex]";
  const focused = [...old.querySelectorAll(within)].indexOf(document.activeElement);
  const named = focused >= 0 ? document.activeElement.id : "";
  part.removeAttribute("hx-swap-oob");
  old.replaceWith(part);
  htmx.process(part);
  part.querySelectorAll("details").forEach((one, at) => { if (at in folds) one.open = folds[at]; });
  const pane = part.querySelector(".scroll");
  if (pane) pane.scrollTop = scroll;
  if (focused >= 0) {
    (byId(named) ?? part.querySelectorAll(within)[focused])?.focus({ preventScroll: true });
  }
}

const plain = (node) => node.outerHTML
  .replace(/(data-release="[^"]*"[^]*?<b>)[^<]*/g, "$1")
  .replace(/data-(gone|htmx-powered)="[^"]*"|\s+/g, "");

/** Brings the thread up to date item by item; returns what is new in it. */
function renewTalk(talk, part) {
  const arrived = [];
  let after = null;
  for (const item of part.querySelectorAll(":scope > [data-said]")) {
    const old = byId(item.id);
    if (old && talk.contains(old)) {
      if (plain(old) !== plain(item)) renew(old, item);
      after = byId(item.id);
    } else {
      if (after) after.after(item); else talk.prepend(item);
      htmx.process(item);
      if (!item.matches(".day, .quote")) arrived.push(item);
      after = item;
    }
  }
  return arrived;
}

function dropLeft(talk, ids) {
  for (const item of talk.querySelectorAll(":scope > .leaving")) {
    if (!ids.has(item.id)) item.remove();
  }
}

/** Messages that went to another conversation: what stands between those that the server told of
    and is not among them. `open` where it told of everything up to the newest. */
function dropMoved(talk, ids, open) {
  const mine = [...talk.querySelectorAll(":scope > [id^='m']")].filter((item) => /^m\d+$/.test(item.id));
  const told = mine.filter((item) => ids.has(item.id));
  const from = told.length ? mine.indexOf(told[0]) : 0;
  const to = open ? mine.length : mine.indexOf(told[told.length - 1]) + 1;
  for (const item of mine.slice(from, to)) if (!ids.has(item.id)) item.remove();
}

function tellArrived(arrived) {
  const theirs = arrived.filter((item) => !item.matches(".ours, .note, .leaving"));
  if (!theirs.length) return;
  say(ngettext("%(n)s new message in this conversation", "%(n)s new messages in this conversation", theirs.length));
  const box = byId("while-writing");
  if (!box) return;
  const sofar = Number(box.dataset.count ?? 0) + theirs.length;
  box.dataset.count = sofar;
  byId("while-words").textContent = writes()
    ? ngettext("%(n)s new message while you were writing.", "%(n)s new messages while you were writing.", sofar)
    : ngettext("%(n)s new message.", "%(n)s new messages.", sofar);
  box.hidden = false;
}

const writes = () => Boolean(byId("words")?.value.trim());

const refreshThread = paced(async () => {
  const main = byId("main");
  if (!main?.dataset.id) return;
  const url = new URL(main.dataset.live, location.href);
  const around = thread.middle();
  if (around) url.searchParams.set("at", around);
  thread.shown(url.searchParams);
  const found = await parts(url, "div#talk");
  if (!found || byId("main") !== main) return;
  const talk = byId("talk");
  const part = found.querySelector("#talk");
  const ids = new Set([...part.querySelectorAll("[data-said]")].map((item) => item.id));
  const follows = !around && atEnd(talk) && !writes();
  const arrived = renewTalk(talk, part);
  dropLeft(talk, ids);
  dropMoved(talk, ids, !around);
  thread.renewWay(part);
  // What went on in another conversation is answered there; what was typed is kept as a draft.
  const form = byId("say-form");
  if (form) form.hidden = Boolean(byId("went-on"));
  renew(byId("head"), found.querySelector("#head"));
  renew(byId("panel"), found.querySelector("#panel"));
  main.dataset.revision = part.dataset.revision;
  talk.dataset.now = part.dataset.now;
  tellArrived(arrived);
  if (follows) { talk.scrollTop = talk.scrollHeight; seen(); }
  main.dispatchEvent(new CustomEvent("glede:thread.changed", { bubbles: true }));
});

/** What has arrived has been looked at: the guard need not stop the next reply for it. */
export function seen() {
  const main = byId("main");
  const box = byId("while-writing");
  if (box) { box.hidden = true; box.dataset.count = 0; }
  const field = document.querySelector("#say-form [name=seen]");
  if (field && main) field.value = main.dataset.revision;
}

export function conversationChanged(id) {
  rowChanged(id);
  if (byId("main")?.dataset.id === String(id)) refreshThread();
}

/** After a silence everything on the screen may be old. */
export function everythingChanged() {
  rows().forEach((row) => changed.add(row.dataset.id));
  refreshRows();
  refreshThread();
}

export { refreshThread };
