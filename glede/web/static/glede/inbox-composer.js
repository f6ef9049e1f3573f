// The composer: drafts that survive, a count by the platform's own rule, keys inside the box.
// The server decides what may leave; this only tells sooner.

const byId = (id) => document.getElementById(id);
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const graphemes = new Intl.Segmenter("en", { granularity: "grapheme" });
let timer = 0;
let saving = null;

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

export function count() {
  const box = byId("words");
  const figure = byId("count");
  if (!box || !figure) return;
  const { most, unit, signOff } = figure.dataset;
  const used = (COUNT[unit] ?? COUNT.characters)(signed(box.value, signOff));
  const over = used - Number(most);
  figure.textContent = over > 0 ? `${over} too long` : `${used} of ${most}`;
  figure.classList.toggle("over", over > 0);
  if (over > 0) box.setAttribute("aria-invalid", "true"); else box.removeAttribute("aria-invalid");
}

export const mode = () => document.querySelector("#say-form [name=mode]:checked")?.value ?? "";

export function choose(wanted) {
  const choice = document.querySelector(`#say-form [name=mode][value=${wanted}]`);
  if (choice) choice.checked = true;
  const box = byId(wanted === "note" ? "note" : "words");
  (box ?? byId("title"))?.focus();
  box?.setSelectionRange(box.value.length, box.value.length);
}

async function keep(box) {
  const form = box.form;
  const token = form.elements.csrfmiddlewaretoken.value;
  saving?.abort();
  saving = new AbortController();
  const body = new URLSearchParams({
    csrfmiddlewaretoken: token,
    mode: box.id === "note" ? "note" : "reply",
    text: box.value,
  });
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "POST", body, keepalive: true, signal: saving.signal,
    });
    const kept = byId("kept");
    if (kept && answer.ok) kept.textContent = box.value.trim() ? `Draft kept ${clock.format(new Date())}` : "";
  } catch {
    const kept = byId("kept");
    if (kept && !saving.signal.aborted) kept.textContent = "Draft not kept: you are offline";
  }
}

function later(box) {
  clearTimeout(timer);
  byId("kept").textContent = "";
  timer = setTimeout(() => { timer = 0; keep(box); }, 700);
}

/** Keeps at once what is waiting to be kept; before one leaves for another conversation. */
export function flush() {
  if (!timer) return;
  clearTimeout(timer);
  timer = 0;
  for (const id of ["words", "note"]) if (byId(id)) keep(byId(id));
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
    if (!event.target.matches("#words, #note")) return;
    if (event.target.id === "words") count();
    later(event.target);
  });
  // What is sent needs no draft: a late one would come back after it.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "say-form") return;
    clearTimeout(timer);
    timer = 0;
    saving?.abort();
    // The answer brings a new box: nothing typed into the old one may be lost with it.
    lock(true);
  }, true);
  document.addEventListener("htmx:finally:request", () => lock(false));
  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("#say-form [type=radio]") && event.key === "Enter") event.preventDefault();
    if (event.key === "Escape" && event.target.matches?.("#words, #note")) byId("title")?.focus();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("#say-form [name=mode]")) byId(mode() === "note" ? "note" : "words")?.focus();
  });
  window.addEventListener("pagehide", flush);
}
