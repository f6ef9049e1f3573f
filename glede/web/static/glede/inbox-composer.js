// The composer: drafts that survive, a count by the platform's own rule, keys inside the box.
// The server decides what may leave; this only tells sooner.

import * as checks from "./inbox-checks.js";
import * as texts from "./inbox-texts.js";
import { gettext } from "./words.js";

const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });

const COUNT = {
  graphemes: (text) => [...graphemes.segment(text)].length,
  characters: (text) => [...text].length,
};

/** The words as they go out: signed once, by name. */
function signed(text, signOff) {
  const words = text.trim();
  const sign = `^${signOff}`;
  if (!signOff || words.endsWith(sign)) return words;
  return words ? `${words} ${sign}` : words;
}

/** By how much the platform's own count differs from ours, as the desk last said. */
let differsBy = 0;
const ours = (box, { unit, signOff }) => (COUNT[unit] ?? COUNT.characters)(signed(box.value, signOff));

export function count() {
  const box = byId("words");
  const figure = byId("count");
  if (!box || !figure) return;
  const { most } = figure.dataset;
  const used = ours(box, figure.dataset) + differsBy;
  const over = used - Number(most);
  figure.textContent = over > 0 ? gettext("%(n)s too long", { n: over }) : gettext("%(used)s of %(most)s", { used, most });
  figure.classList.toggle("over", over > 0);
  if (over > 0) box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
}

function counted({ detail: { used, words } }) {
  const box = byId("words");
  if (!box || box.value !== words) return;
  differsBy = used - ours(box, byId("count").dataset);
  count();
}

export const mode = () => document.querySelector("#say-form [name=mode]:checked")?.value ?? "";

export function choose(wanted) {
  const choice = document.querySelector(`#say-form [name=mode][value=${wanted}]`);
  if (choice) choice.checked = true;
  const box = byId(wanted === "note" ? "note" : "words");
  (box ?? byId("title"))?.focus();
  box?.setSelectionRange(box.value.length, box.value.length);
}

// --- Drafts --------------------------------------------------------------------------------------
//
// Kept on the desk at most 2 s after a change. What the desk does not have yet stays in this tab's
// own sessionStorage: it outlives a crash and a reload, never the tab, and is taken out as soon as
// the desk has it or somebody signs out. A resident's matter is not left lying on a shared computer.

const SAVE_EVERY = 2_000;
const TRY_AGAIN_AFTER = 5_000;
const LEFT = "glede:unsaved:";
/** Of this page alone: a tab that is doubled takes its sessionStorage along. */
const tab = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
let sent = [];
const waiting = new Map();
const saving = new Map();

const boxes = () => ["words", "note"].map(byId).filter(Boolean);
const keyOf = (box) => `${LEFT}${box.form.dataset.of}-${box.id}`;
const valueOf = (form, name) => {
  const field = form.elements[name];
  if (!field) return "";
  return field.type === "checkbox" ? (field.checked ? field.value : "") : field.value;
};

function tell(words) {
  const kept = byId("kept");
  if (kept) kept.textContent = words;
}

/** In this tab, at once: text, and what the desk had when it was begun. */
function leave(box) {
  try {
    sessionStorage[keyOf(box)] = JSON.stringify({ text: box.value, base: box.dataset.base });
  } catch { /* a full store loses nothing that is on the screen */ }
}

async function keep(box) {
  const { form } = box;
  const key = keyOf(box);
  const text = box.value;
  saving.get(box.id)?.abort();
  const mine = new AbortController();
  saving.set(box.id, mine);
  const body = new URLSearchParams({
    csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    mode: box.id === "note" ? "note" : "reply",
    text,
    where: box.id === "note" ? "" : valueOf(form, "where"),
    line: box.id === "note" ? "" : valueOf(form, "line"),
    tab,
    base: box.dataset.base,
  });
  let answer;
  let said;
  try {
    answer = await fetch(form.dataset.draft, { method: "POST", body, keepalive: true, signal: mine.signal });
    // A line can break, and a newer turn come, between the head of an answer and its words.
    if (answer.ok || answer.status === 409) said = await answer.json();
  } catch {
    if (mine.signal.aborted) return;
    tell(gettext("Not saved yet: no connection. It stays in this tab."));
    later(box, TRY_AGAIN_AFTER);
    return;
  }
  if (answer.status === 409) {
    differs(box, said);
    return;
  }
  if (answer.status === 401) {
    tell(gettext("Not saved: you are signed out. It stays in this tab."));
    document.dispatchEvent(new CustomEvent("glede:signed-out"));
    return;
  }
  if (!answer.ok) {
    tell(gettext("Not saved yet. It stays in this tab."));
    later(box, TRY_AGAIN_AFTER);
    return;
  }
  box.dataset.base = said.base;
  // What was typed since waits for the next turn, and is not said to be saved before.
  if (box.value !== text) return;
  delete sessionStorage[key];
  tell(text.trim() ? gettext("Saved %(at)s", { at: clock.format(new Date()) }) : "");
}

/** Another window has other words: say so, and let the person choose. */
function differs(box, found) {
  const guard = byId("elsewhere");
  if (!guard) return;
  byId("elsewhere-says").textContent = found.says;
  Object.assign(guard.dataset, { box: box.id, text: found.text, base: found.base });
  guard.hidden = false;
  tell(gettext("Not saved"));
}

function settleElsewhere(choice) {
  const guard = byId("elsewhere");
  const { box: id, text, base } = guard.dataset;
  const box = byId(id);
  box.dataset.base = base;
  guard.hidden = true;
  if (choice === "theirs") {
    box.value = text;
    delete sessionStorage[keyOf(box)];
    tell("");
    changed(box);
  } else {
    keep(box);
  }
  box.focus();
}

function later(box, after = SAVE_EVERY) {
  leave(box);
  // A change during the wait is saved with it: the first one decides when.
  if (waiting.has(box.id)) return;
  waiting.set(box.id, setTimeout(() => {
    waiting.delete(box.id);
    if (box.isConnected && byId("elsewhere")?.hidden !== false) keep(box);
  }, after));
}

function stop() {
  waiting.forEach(clearTimeout);
  waiting.clear();
}

/** Keeps at once what is waiting to be kept; before one leaves for another conversation. */
export function flush() {
  const due = boxes().filter((box) => waiting.has(box.id));
  stop();
  if (byId("elsewhere")?.hidden !== false) due.forEach(keep);
}

/** What this tab still has and the desk has not: after a crash, or a reload without a line. */
export function restore() {
  forgetOthers();
  const figure = byId("count");
  if (figure) differsBy = Number(figure.dataset.used) - ours(byId("words"), figure.dataset);
  for (const box of boxes()) {
    let left;
    try {
      left = JSON.parse(sessionStorage[keyOf(box)] ?? "null");
    } catch { /* not ours */ }
    if (!left || left.text === box.value) continue;
    if (byId("main")?.dataset.focus) continue;
    box.value = left.text;
    box.dataset.base = left.base;
    tell(gettext("Taken from this tab, not saved yet"));
    changed(box);
    keep(box);
  }
  checks.renew();
}

/** Words of whoever sat here before are nobody else's. */
function forgetOthers() {
  const me = byId("say-form")?.dataset.of.split("-")[1];
  if (!me) return;
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(LEFT) && key.split("-")[1] !== me) delete sessionStorage[key];
  }
}

/** What counts and checks the words follows, as after typing. */
function changed(box) {
  box.dispatchEvent(new CustomEvent("glede:words", { bubbles: true }));
  if (box.id === "words") { count(); checks.later(); }
}

/** p: to the reasons for going on in private, or for asking them to. */
export function takePrivate() {
  const where = byId("where");
  if (!where) return;
  choose("reply");
  const fold = where.closest("details");
  if (fold) fold.open = true;
  where.focus();
}

export function send({ onwards = false } = {}) {
  const button = mode() === "note" ? byId("keep") : byId(onwards ? "send-resolve-next" : "send");
  if (button) button.form.requestSubmit(button);
}

function lock(locked) {
  for (const id of ["words", "note"]) if (byId(id)) byId(id).readOnly = locked;
}

export function start() {
  document.addEventListener("input", (event) => {
    const { target } = event;
    if (target.matches("#line, #where, #say-form [name=where]")) { if (byId("words")) later(byId("words")); return; }
    if (!target.matches("#words, #note")) return;
    if (target.id === "words") count();
    tell("");
    later(target);
  });
  // On a phone the rest of the composer comes with the first touch, and stays: nothing moves under a thumb.
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.("#words, #note")) byId("composer").dataset.begun = "";
  });
  document.addEventListener("focusout", (event) => {
    if (event.target.matches?.("#words, #note")) flush();
  });
  // What is sent needs no draft: a late one would come back after it.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "say-form") return;
    stop();
    saving.forEach((one) => one.abort());
    sent = boxes().map(keyOf);
    // The answer brings a new box: nothing typed into the old one may be lost with it.
    lock(true);
  }, true);
  document.addEventListener("htmx:after:request", (event) => {
    const { ctx } = event.detail;
    if (ctx.sourceElement?.closest?.("form")?.id !== "say-form") return;
    // The desk has the words now, sent or kept; not so where it turned them away unread, as it does
    // once the session has ended.
    if (ctx.response?.status < 400) sent.forEach((key) => delete sessionStorage[key]);
    sent = [];
  });
  document.addEventListener("htmx:finally:request", () => {
    lock(false);
    // What did not get through is a draft again.
    for (const box of boxes()) if (keyOf(box) in sessionStorage) later(box);
  });
  document.addEventListener("click", (event) => {
    const choice = event.target.closest("[data-elsewhere]");
    if (choice) settleElsewhere(choice.dataset.elsewhere);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("#say-form [type=radio]") && event.key === "Enter") event.preventDefault();
    if (event.key !== "Escape") return;
    if (event.target.matches?.("#words, #note")) byId("title")?.focus();
    // Thought better of: what unfolded closes, and one writes on.
    const fold = event.target.closest?.("#say-form details[open]");
    if (fold) { fold.open = false; (byId("words") ?? byId("title"))?.focus(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#say-form [name=mode]")) byId(mode() === "note" ? "note" : "words")?.focus();
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) flush(); });
  window.addEventListener("online", flush);
  document.addEventListener("glede:resumed", flush);
  window.addEventListener("pagehide", flush);
  document.addEventListener("glede:counted", counted);
  texts.start();
  checks.start();
  restore();
}
