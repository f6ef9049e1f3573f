// The inbox: what a click or a key does beyond what links and forms do by themselves.
import { fetched } from "./fetched.js";
import { keys } from "./keys.js";
import { fault } from "./shell.js";
import * as ahead from "./inbox-ahead.js";
import * as composer from "./inbox-composer.js";
import * as live from "./inbox-live.js";
import * as query from "./inbox-query.js";
import * as mentions from "./inbox-mentions.js";
import * as presence from "./inbox-presence.js";
import * as thread from "./inbox-thread.js";
import * as time from "./inbox-time.js";
import * as work from "./inbox-work.js";
import { gettext } from "./words.js";

const byId = (id) => document.getElementById(id);
const app = () => document.querySelector(".app.inbox");
const wide = matchMedia("(width >= 48rem)");
const links = () => [...document.querySelectorAll("#rows .to")];

// --- Opening conversations -----------------------------------------------------------------------

let opening = 0;
let reading = 0;
/** The row a key has chosen whose conversation is not asked for yet. */
let chosen = "";

/** j and k: the row at once, its conversation a moment later, so that a held key skips. */
function move(by) {
  const all = links();
  if (!all.length) return;
  const at = all.findIndex((link) => link.hasAttribute("aria-current"));
  const to = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.max(0, Math.min(all.length - 1, at + by))];
  all.forEach((link) => link.removeAttribute("aria-current"));
  to.setAttribute("aria-current", "true");
  to.focus({ preventScroll: true });
  const row = to.closest(".row");
  row.scrollIntoView({ block: "nearest" });
  clearTimeout(opening);
  if (!wide.matches) return;
  chosen = row.dataset.id;
  // What has been fetched already is shown at once.
  if (ahead.has(to)) openChosen(); else opening = setTimeout(openChosen, 140);
}

/** By its id: the row may have been renewed since the key was pressed. */
function openChosen() {
  const id = chosen;
  chosen = "";
  byId(`row-${id}`)?.querySelector(".to").click();
}

function back() {
  if (wide.matches) {
    (links().find((link) => link.hasAttribute("aria-current")) ?? links()[0])?.focus();
  } else {
    document.querySelector(".to-list")?.click();
  }
}

/** Somebody who looks at it for a moment has read it. */
function markRead() {
  clearTimeout(reading);
  const main = byId("main");
  if (!main?.dataset.read) return;
  const { revision, read, id } = main.dataset;
  reading = setTimeout(async () => {
    if (document.hidden || byId("main")?.dataset.id !== id) return;
    const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value
      ?? JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"];
    const body = new URLSearchParams({ csrfmiddlewaretoken: token ?? "", revision, at: byId("talk").dataset.now });
    const answer = await fetch(read, { method: "POST", body }).catch(() => null);
    if (!answer?.ok) return;
    const row = byId(`row-${id}`);
    row?.classList.remove("unread");
    row?.querySelector(".to .vh")?.remove();
  }, 900);
}

/** After a part was put in: title, pane, row, place in the thread, focus. */
function settled(target) {
  const main = byId("main");
  if (!main) return;
  // A page has one heading of the first level: the open conversation's, else the list's.
  byId("list-title").ariaLevel = main.dataset.id ? "2" : "1";
  if (target?.id === "list") { live.markRow(chosen); return; }
  document.title = main.dataset.title;
  time.learn(main.dataset.now);
  app().dataset.pane = main.dataset.id ? "thread" : "list";
  app().classList.toggle("unchosen", !main.dataset.id);
  if (app().dataset.panel === "open") app().dataset.panel = "";
  live.markRow(chosen);
  show();
  if (main.dataset.id) live.rowChanged(main.dataset.id);
}

/** The thread opens at its end, where one goes on reading. */
function show({ initial = false } = {}) {
  thread.place();
  composer.restore();
  composer.count();
  const wanted = byId("main")?.dataset.focus;
  const now = document.activeElement;
  // A row keeps the focus, so that j and k go on; after an act in the conversation its heading has
  // it, so that single keys work again and a screen reader says where one is.
  const onRow = wide.matches && now?.closest("#rows");
  if (wanted) byId(wanted)?.focus();
  else if (!onRow && !initial) byId("title")?.focus({ preventScroll: true });
  markRead();
}

// --- The sum behind a due time -------------------------------------------------------------------

async function why(chip) {
  const pop = byId("why-pop");
  const answer = await fetched(chip.dataset.why, {
    headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#why-pop" },
  });
  if (!answer?.ok) { location.href = chip.href; return; }
  pop.innerHTML = answer.text;
  pop.showPopover();
  const at = chip.getBoundingClientRect();
  pop.style.top = `${Math.max(4, Math.min(at.bottom, innerHeight - pop.offsetHeight - 12))}px`;
  pop.style.left = `${Math.max(4, Math.min(at.left, innerWidth - pop.offsetWidth - 12))}px`;
  pop.setAttribute("tabindex", "-1");
  pop.focus();
  pop.addEventListener("toggle", function closed(event) {
    if (event.newState !== "closed") return;
    pop.removeEventListener("toggle", closed);
    if (chip.isConnected) chip.focus();
  });
}

// --- The side panel ------------------------------------------------------------------------------

function panel() {
  const frame = app();
  const narrow = matchMedia("(width < 75rem)").matches;
  const next = narrow ? "open" : "folded";
  frame.dataset.panel = frame.dataset.panel === next ? "" : next;
  const shown = narrow ? frame.dataset.panel === "open" : frame.dataset.panel !== "folded";
  document.querySelectorAll("[data-act=panel]").forEach((one) => one.setAttribute("aria-expanded", shown));
  if (narrow) (shown ? byId("panel").querySelector("[data-act=panel]") : document.querySelector(".open-panel"))?.focus();
}

// --- Acts ----------------------------------------------------------------------------------------

/** The next conversation at once, this one resolved meanwhile; if that is refused, it comes back. */
async function settleAhead(form, to) {
  const { id } = byId("main").dataset;
  const address = location.pathname + location.search;
  const row = byId(`row-${id}`);
  row?.setAttribute("aria-busy", "true");
  const sent = fetched(form.action, {
    method: "POST",
    body: new URLSearchParams(new FormData(form)),
    headers: {
      "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#chosen", "HX-Current-URL": location.href,
    },
  });
  to.click();
  const answer = await sent;
  row?.removeAttribute("aria-busy");
  const words = answer ? answer.text : gettext("Glede did not answer. Look whether it is still open before you go on.");
  if (answer?.ok && !answer.redirected) {
    const made = document.createElement("template");
    made.innerHTML = words;
    const done = made.content.querySelector("#done");
    done?.removeAttribute("hx-swap-oob");
    if (done) { byId("done").replaceWith(done); htmx.process(done); }
    live.conversationChanged(id);
    return;
  }
  const plain = answer === null || answer.headers.get("Content-Type")?.startsWith("text/plain");
  // Who has begun to write in the next one stays there. The reason is said where one then is, so that
  // nobody answers it in a page that is about to go.
  if (!byId("words")?.value.trim()) await htmx.ajax("GET", address, { target: "#chosen" });
  fault(plain ? words : gettext("That did not work. Load the page again."));
}

function settle(onwards) {
  const form = byId("settle");
  if (!form || !form.action.includes("/resolve/")) return;
  const to = onwards && wide.matches && ahead.nextLink();
  if (to && ahead.has(to)) { settleAhead(form, to); return; }
  form.querySelector("[name=then]")?.remove();
  if (onwards) {
    const then = document.createElement("input");
    Object.assign(then, { type: "hidden", name: "then", value: "next" });
    form.append(then);
  }
  form.requestSubmit();
}

/** The page on which the comment in focus is hidden or its author blocked; else their last one's. */
function moderate(act) {
  const within = document.activeElement?.closest("#talk article");
  const all = [...(within ?? byId("talk") ?? document.createElement("div")).querySelectorAll("a[href*="/m/"]")];
  const link = all[all.length - 1];
  if (!link) return;
  const to = new URL(link.href);
  to.searchParams.set("act", act);
  location.assign(to);
}

/** The newest act, which is the one that can be undone longest: a reply that has not left, or what
 * the bar says. */
function undo() {
  const until = (form) => {
    const bar = form.closest("[data-until]");
    const leaves = form.closest("[data-leaving], article")?.querySelector("[data-release]");
    return Date.parse(bar?.dataset.until ?? leaves?.dataset.release ?? "") || 0;
  };
  const all = [...document.querySelectorAll("[data-undo]")];
  all.sort((one, other) => until(one) - until(other)).at(-1)?.requestSubmit();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const chip = target.closest("a.due[data-why]");
  if (chip) { event.preventDefault(); why(chip); return; }
  const act = target.closest("[data-act]");
  if (act?.dataset.act === "panel") { event.preventDefault(); panel(); }
  if (act?.dataset.act === "latest") {
    live.seen();
    byId("talk").scrollTop = byId("talk").scrollHeight;
    byId("latest")?.focus();
  }
  if (target.closest("#fresh")) { event.preventDefault(); live.showFresh(); }
  for (const menu of document.querySelectorAll(".menu[open]")) {
    if (!menu.contains(target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector(".menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); return; }
  if (app().dataset.panel === "open") panel();
});

document.addEventListener("htmx:before:request", composer.flush);
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.swap !== "none") settled(event.detail.ctx.target);
});
document.addEventListener("glede:thread.changed", markRead);
// An act that leaves the words one is writing alone: the server says that it is done, no more.
document.addEventListener("glede:acted", (event) => event.detail.ids.forEach(live.conversationChanged));
document.addEventListener("visibilitychange", () => { if (!document.hidden) markRead(); });

// --- Others ---------------------------------------------------------------------------------------

document.addEventListener("glede:conversation.changed", (event) => {
  live.conversationChanged(event.detail.id);
});
document.addEventListener("glede:delivery.changed", (event) => {
  live.conversationChanged(event.detail.conversation);
});
document.addEventListener("glede:resumed", live.everythingChanged);

// --- Keys ------------------------------------------------------------------------------------------

const MOVE = { group: gettext("Move") };
const ANSWER = { group: gettext("Answer") };
const DECIDE = { group: gettext("Decide") };
keys.on("j", () => move(1), { label: gettext("Next conversation"), ...MOVE });
keys.on("k", () => move(-1), { label: gettext("Previous conversation"), ...MOVE });
keys.on("u", back, { label: gettext("Back to the list"), ...MOVE });
keys.on(".", () => { if (!byId("fresh").hidden) live.showFresh(); }, { label: gettext("Show what is new"), ...MOVE });
keys.on("f", query.focus, { label: gettext("Ask the list for something"), ...MOVE });
keys.on("r", () => composer.choose("reply"), { label: gettext("Reply"), ...ANSWER });
keys.on("p", composer.takePrivate, { label: gettext("Take it private, with a reason"), ...ANSWER });
keys.on("n", () => composer.choose("note"), { label: gettext("Internal note"), ...ANSWER });
keys.on("Ctrl Enter", (event) => composer.send({ onwards: event.shiftKey }), { label: gettext("Send; with Shift also resolve and open the next"), ...ANSWER });
keys.on("z", undo, { label: gettext("Undo"), ...ANSWER });
keys.on("m", () => document.querySelector("[data-mine]")?.click(), { label: gettext("Assign to me"), ...DECIDE });
keys.on("e", () => settle(false), { label: gettext("Resolve"), ...DECIDE });
keys.on("E", () => settle(true), { label: gettext("Resolve and open the next"), ...DECIDE });
keys.on("w", () => document.querySelector("[data-timescale]")?.click(), { label: gettext("Agree a timescale"), ...DECIDE });
keys.on("a", () => { const owner = byId("owner"); if (owner) { owner.open = true; owner.querySelector(".sheet button, .sheet a")?.focus(); } }, { label: gettext("Assign"), ...DECIDE });
keys.on("h", () => moderate("hide"), { label: gettext("Hide a comment"), ...DECIDE });
keys.on("b", () => moderate("block"), { label: gettext("Block somebody"), ...DECIDE });
keys.on("v", thread.unveilNext, { label: gettext("Show what is veiled"), group: gettext("Screen") });
keys.on("]", panel, { label: gettext("Fold the side panel"), group: gettext("Screen") });

// A page that was waited for is old when it comes: its own timing says how old.
const [loaded] = performance.getEntriesByType("navigation");
const age = loaded ? performance.now() - loaded.responseStart : 0;
time.learn(new Date(Date.parse(byId("main").dataset.now) + age).toISOString());
composer.start();
query.start();
ahead.start();
time.start();
presence.start();
work.start(time.rightNow);
mentions.begin();
thread.start();
setInterval(() => time.countDown((box) => {
  // The stream tells what became of it; this is for when the stream is down.
  setTimeout(() => { if (box.isConnected) live.refreshThread(); }, 1500);
  const folded = box.closest(".on-their-way");
  box.closest("[data-leaving]")?.remove();
  if (!folded?.querySelector("[data-leaving]")) folded?.remove();
  box.closest("article")?.querySelector("[data-undo]")?.remove();
}), 1000);
show({ initial: true });
