// Who else looks at this conversation, and who is writing: said while this page is looked at,
// asked when the stream tells that it changed. Nothing of it is on a page without a script.

import { fetched } from "./fetched.js";

const byId = (id) => document.getElementById(id);
const screen = crypto.randomUUID?.() ?? [...crypto.getRandomValues(new Uint8Array(16))]
  .map((byte) => byte.toString(16).padStart(2, "0")).join("");
const STILL_WRITES = 30_000; // after the last key
const GAP = 250; // between a change and the question, so that many changes are one question

/** What is known of others, by conversation: { words, writes }. */
const known = new Map();
const asked = new Set();
let typed = 0;
// What this page says is counted: a beat that its own goodbye overtakes is dropped by the desk.
let number = 0;
let said = "";
let beating = 0;
let asking = 0;
let again = 0;

const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value
  ?? JSON.parse(document.body.getAttribute("hx-headers:inherited") ?? "{}")["X-CSRFToken"] ?? "";

const form = (values) => new URLSearchParams({
  csrfmiddlewaretoken: token(), screen, number: ++number, ...values,
});

// --- Saying where one is -------------------------------------------------------------------------

function doing() {
  if (Date.now() - typed > STILL_WRITES) return "looking";
  if (document.querySelector("#say-form [name=mode]:checked")?.value === "note") return "note";
  const where = document.querySelector("#say-form [name=where]:is(select, :checked)")?.value ?? "";
  const aside = where === "public" ? false : where !== "" || "private" in (byId("composer")?.dataset ?? {});
  return aside ? "private" : "public";
}

/** Says where this screen is and what is done there; `said` is what others know of it. */
async function beat() {
  clearTimeout(beating);
  const main = byId("main");
  const url = byId("here")?.dataset.here;
  if (document.hidden || !url) return;
  beating = setTimeout(beat, Number(main.dataset.every) * 1000);
  const now = doing();
  said = `${url} ${now}`;
  await fetch(url, { method: "POST", body: form({ doing: now }) }).catch(() => { said = ""; });
}

function leave() {
  clearTimeout(beating);
  if (!said) return;
  said = "";
  navigator.sendBeacon(byId("main").dataset.gone, form({}));
}

/** After a key: others are told at once that one writes, then with the next beat. */
function wrote() {
  typed = Date.now();
  if (said !== `${byId("here")?.dataset.here} ${doing()}`) beat();
}

// --- Showing where others are --------------------------------------------------------------------

function mark(row) {
  const here = known.get(row.dataset.id);
  const old = row.querySelector(".here");
  if (!here) { old?.remove(); return; }
  if (old?.title === here.words) return;
  const made = byId("here-mark").content.firstElementChild.cloneNode(true);
  made.title = here.words;
  made.querySelector(".vh").textContent = here.words;
  made.querySelector(here.writes ? ".looks" : ".writes").remove();
  if (old) old.replaceWith(made); else row.querySelector(".own").prepend(made);
}

function tell() {
  const box = byId("here");
  if (!box) return;
  const here = known.get(byId("main").dataset.id);
  const words = here?.words ?? "";
  if (box.querySelector("p").textContent !== words) box.querySelector("p").textContent = words;
  box.classList.toggle("writes", Boolean(here?.writes));
  // It takes its room from the thread, which keeps its end in sight by itself (inbox-thread.js).
  box.hidden = !words;
}

const shown = () => {
  const ids = new Set([...document.querySelectorAll("#rows .row")].map((row) => row.dataset.id));
  const open = byId("main")?.dataset.id;
  if (open) ids.add(open);
  return ids;
};

async function ask() {
  asking = 0;
  const ids = [...asked].filter((id) => shown().has(id));
  asked.clear();
  if (!ids.length || document.hidden) return;
  const url = new URL(byId("main").dataset.who, location.href);
  ids.forEach((id) => url.searchParams.append("id", id));
  const answer = await fetched(url);
  if (!answer?.ok) return;
  const found = JSON.parse(answer.text);
  for (const id of ids) {
    if (found.here[id]) known.set(id, found.here[id]); else known.delete(id);
    const row = byId(`row-${id}`);
    if (row) mark(row);
  }
  tell();
  // Whoever goes without a word is gone after a while: nobody tells us of that.
  clearTimeout(again);
  if (known.size) again = setTimeout(() => soon(known.keys()), found.again * 1000);
}

function soon(ids) {
  for (const id of ids) asked.add(String(id));
  asking ||= setTimeout(ask, GAP);
}

/** The rows and the thread on the screen are new: what is known of them is shown on them. */
function renewed() {
  document.querySelectorAll("#rows .row").forEach(mark);
  tell();
}

export function start() {
  document.addEventListener("glede:presence.changed", ({ detail }) => {
    if (shown().has(String(detail.id))) soon([detail.id]);
  });
  document.addEventListener("glede:resumed", () => { beat(); soon(shown()); });
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail.ctx.target?.id !== "list" && byId("here")?.dataset.here !== said.split(" ")[0]) {
      typed = 0;
      if (byId("here")) beat(); else leave();
    }
    renewed();
    if (event.detail.ctx.target?.id === "list") soon(shown()); else soon([byId("main")?.dataset.id ?? 0]);
  });
  document.addEventListener("glede:rows.changed", renewed);
  document.addEventListener("input", (event) => {
    if (event.target.matches("#words, #note") && event.target.value.trim()) wrote();
  });
  document.addEventListener("submit", (event) => {
    if (event.target.id === "say-form") typed = 0;
  });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) clearTimeout(beating); else { beat(); soon(shown()); }
  });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) beat(); });
  beat();
  soon(shown());
}
