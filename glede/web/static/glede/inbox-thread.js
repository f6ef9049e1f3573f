// A long thread: older and newer messages are put in where one reads, and what is far away is
// taken out again, so that the page stays small. Without a script the same links load the page.

import { fetched } from "./fetched.js";

const byId = (id) => document.getElementById(id);
const MOST = 300; // of what was said, on the page at once
const PART = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#talk" };

const said = () => [...byId("talk").querySelectorAll(":scope > [data-said]")];
/** The conversation's own messages: what an address can name. */
const own = () => said().filter((item) => /^m\d+$/.test(item.id));
/** The number of a message, and 0 for the post under discussion. */
const number = (item) => (item.id === "subject" ? "0" : item.id.slice(1));

/** The id of a message in the middle of what is shown, when the newest are not among it. */
export function middle() {
  if (!byId("later")) return "";
  const all = own();
  return all.length ? number(all[Math.floor(all.length / 2)]) : "";
}

// --- What is veiled ------------------------------------------------------------------------------

/** Messages whose veil was lifted on this screen, of the conversation that is open. */
const lifted = { of: "", ids: new Set() };

/** What a newer part of the thread has to be asked for with, so that it stays as it is shown. */
export function shown(query) {
  if (lifted.of === byId("main")?.dataset.id) lifted.ids.forEach((id) => query.append("show", id));
}

async function unveil(go) {
  const item = go.closest("#subject, [id^=m]");
  const { id } = byId("main").dataset;
  if (lifted.of !== id) { lifted.of = id; lifted.ids.clear(); }
  lifted.ids.add(number(item));
  const url = new URL(byId("main").dataset.live, location.href);
  if (item.id !== "subject") url.searchParams.set("at", number(item));
  shown(url.searchParams);
  const answer = await fetched(url, { headers: PART });
  if (!go.isConnected) return;
  if (!answer?.ok) { location.href = go.href; return; }
  const made = document.createElement("template");
  made.innerHTML = answer.text;
  const part = made.content.getElementById(item.id);
  if (!part) { location.href = go.href; return; }
  item.replaceWith(part);
  htmx.process(part);
  part.setAttribute("tabindex", "-1");
  part.focus({ preventScroll: true });
}

/** The key: the veiled message that has the focus, or the first one in sight. */
export function unveilNext() {
  const all = [...document.querySelectorAll("#talk [data-unveil]")];
  const pane = byId("talk")?.getBoundingClientRect();
  const near = document.activeElement?.closest("#talk #subject, #talk [id^=m]")?.querySelector("[data-unveil]");
  const go = near ?? all.find((one) => {
    const at = one.getBoundingClientRect();
    return at.height && at.bottom > pane.top && at.top < pane.bottom;
  });
  if (go) unveil(go);
}

// --- Older and newer ones ------------------------------------------------------------------------

function link(side, at) {
  const query = new URL(byId("main").dataset.live, location.href);
  query.searchParams.set(side, at);
  const here = new URL(location.href);
  here.hash = "";
  here.searchParams.delete("at");
  here.searchParams.set(side, at);
  const made = byId(`${side}-again`).content.firstElementChild.cloneNode(true);
  const go = made.querySelector("a");
  go.href = here.pathname + here.search;
  go.dataset.more = query.pathname + query.search;
  return made;
}

function trimEnd() {
  const all = said();
  if (all.length <= MOST) return;
  all.slice(MOST).forEach((item) => item.remove());
  byId("talk").querySelectorAll(":scope > .leaving").forEach((item) => item.remove());
  byId("later")?.remove();
  byId("latest").before(link("later", number(own().at(-1))));
}

function trimStart() {
  const talk = byId("talk");
  const all = said().filter((item) => item.id !== "subject");
  if (all.length <= MOST) return;
  const before = talk.scrollHeight - talk.scrollTop;
  all.slice(0, all.length - MOST).forEach((item) => item.remove());
  byId("earlier")?.remove();
  const first = said().find((item) => item.id !== "subject");
  first.before(link("earlier", number(own()[0])));
  talk.scrollTop = talk.scrollHeight - before;
}

function putEarlier(part) {
  const talk = byId("talk");
  const before = talk.scrollHeight - talk.scrollTop;
  const old = byId("earlier");
  for (const item of [...part.querySelectorAll(":scope > [data-said]")]) {
    const had = byId(item.id);
    if (had?.matches(".day")) had.remove(); else if (had) continue;
    old.before(item);
    htmx.process(item);
  }
  const more = part.querySelector("#earlier");
  const first = said().find((item) => item.id !== "subject");
  if (more && first) first.before(more);
  old.remove();
  talk.scrollTop = talk.scrollHeight - before;
  trimEnd();
}

function putLater(part) {
  const old = byId("later");
  for (const item of [...part.querySelectorAll(":scope > [data-said]")]) {
    if (byId(item.id)) continue;
    old.before(item);
    htmx.process(item);
  }
  const more = part.querySelector("#later");
  if (more) old.before(more);
  old.remove();
  trimStart();
}

async function more(go) {
  const earlier = Boolean(go.closest("#earlier"));
  go.setAttribute("aria-busy", "true");
  const answer = await fetched(go.dataset.more, { headers: PART });
  if (!go.isConnected) return;
  if (!answer?.ok) { location.href = go.href; return; }
  const made = document.createElement("template");
  made.innerHTML = answer.text;
  const part = made.content.querySelector("#talk");
  (earlier ? putEarlier : putLater)(part);
  const next = byId(earlier ? "earlier" : "later")?.querySelector("a");
  (next ?? byId("talk")).focus({ preventScroll: true });
}

/** To a message of this conversation: in sight at once, or by loading the page around it. */
function toMessage(hash) {
  if (!/^#m\d+$/.test(hash)) return false;
  const item = byId(hash.slice(1));
  if (!item || !byId("talk")?.contains(item)) {
    const url = new URL(location.href);
    if (url.searchParams.get("at") === hash.slice(2)) return false;
    ["earlier", "later"].forEach((name) => url.searchParams.delete(name));
    url.searchParams.set("at", hash.slice(2));
    url.hash = hash;
    location.replace(url);
    return true;
  }
  const fold = item.closest("details:not([open])");
  if (fold) fold.open = true;
  item.scrollIntoView({ block: "center" });
  item.setAttribute("tabindex", "-1");
  item.focus({ preventScroll: true });
  byId("talk").querySelectorAll(".sought").forEach((one) => one.classList.remove("sought"));
  item.classList.add("sought");
  return true;
}

// Who reads the end of the talk goes on reading it when what stands below takes or gives room.
let ended = true;
const room = new ResizeObserver(([{ target }]) => { if (ended) target.scrollTop = target.scrollHeight; });
const reads = (talk) => {
  ended = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 8;
  offer(talk);
};

/** The way to the first message that waits, as the newer part of the thread has it. */
export function renewWay(part) {
  const talk = byId("talk");
  const [old, way] = [byId("waits"), part.querySelector("#waits")];
  if (!way) old?.remove(); else if (old) old.replaceWith(way); else talk.prepend(way);
  offer(talk);
}

/** The way to the first message that waits lies over the talk: not while one reads that message. */
function offer(talk) {
  const way = byId("waits");
  const item = way && byId(way.firstElementChild.hash.slice(1));
  if (!way) return;
  const pane = talk.getBoundingClientRect();
  const at = item?.checkVisibility() && item.getBoundingClientRect();
  way.classList.toggle("there", Boolean(at) && at.bottom > pane.top && at.top < pane.bottom - 24);
}

/** Where the thread opens: at what was asked for, at what is new, or at its end. */
export function place() {
  const talk = byId("talk");
  if (!talk) return;
  put(talk);
  room.disconnect();
  reads(talk);
  room.observe(talk);
}

function put(talk) {
  // While another conversation is put in, the address may still be that of the one before.
  const here = location.pathname === new URL(byId("main").dataset.path, location.href).pathname;
  if (toMessage((here && location.hash) || (talk.dataset.at ? `#${talk.dataset.at}` : ""))) return;
  talk.scrollTop = talk.scrollHeight;
  const since = byId("since");
  if (since && since.offsetTop < talk.scrollTop) talk.scrollTop = since.offsetTop - 8;
}

export function start() {
  document.addEventListener("scroll", ({ target }) => { if (target.id === "talk") reads(target); }, { capture: true, passive: true });
  document.addEventListener("click", (event) => {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const go = event.target.closest("#talk a[data-more]");
    if (go) { event.preventDefault(); more(go); return; }
    const veiled = event.target.closest("#talk a[data-unveil]");
    if (veiled) { event.preventDefault(); unveil(veiled); return; }
    const answered = event.target.closest("#talk a[href^='#m']");
    if (answered && toMessage(answered.hash)) event.preventDefault();
  });
  addEventListener("hashchange", () => toMessage(location.hash));
}
