// What every page does: theme, the sheet of keys, faults said where the person is.
import "./bar.js";
import { keys } from "./keys.js";
import { gettext } from "./words.js";

const root = document.documentElement;
const byId = (id) => document.getElementById(id);

/** Says something to a screen reader without moving anything. */
export function say(words) {
  byId("say").textContent = words;
}

/** Shows a sentence about something that did not work, until the next click or ten seconds. */
export function fault(words) {
  const box = byId("fault");
  box.textContent = words;
  box.hidden = false;
  clearTimeout(fault.timer);
  fault.timer = setTimeout(() => { box.hidden = true; }, 10_000);
}

// --- Theme: the device, light, dark, high contrast; kept in a cookie so that the server knows ---

const THEMES = [
  ["system", gettext("Theme: as the device")],
  ["light", gettext("Theme: light")],
  ["dark", gettext("Theme: dark")],
  ["contrast", gettext("Theme: high contrast")],
];

function cycleTheme() {
  const at = THEMES.findIndex(([name]) => name === root.dataset.theme);
  const [name, words] = THEMES[(at + 1) % THEMES.length];
  root.dataset.theme = name;
  say(words);
  const { "X-CSRFToken": token } = JSON.parse(document.body.getAttribute("hx-headers:inherited"));
  fetch("/me/look/", {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({ theme: name }),
  }).then((answer) => {
    if (!answer.ok) fault(gettext("Your theme was not kept. It lasts until you leave this page."));
  }).catch(() => fault(gettext("Your theme was not kept: you are offline.")));
}

// --- The sheet of keys ---

function toggleKeys() {
  const sheet = byId("keys-sheet");
  if (!sheet) return;
  if (sheet.open) {
    sheet.close();
  } else {
    keys.list(byId("keys-list"));
    sheet.showModal();
  }
}

const ACTS = {
  theme: cycleTheme,
  keys: toggleKeys,
};

document.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act && Object.hasOwn(ACTS, act)) ACTS[act]();
  // A click on the veil closes a dialog, as Escape does.
  if (event.target instanceof HTMLDialogElement) event.target.close();
});

// Words that wait for a connection belong to whoever typed them: gone when they sign out.
document.addEventListener("submit", (event) => {
  if (!event.target.action.endsWith("/logout/")) return;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith("glede:unsaved:")) delete sessionStorage[key];
});

// On a phone the rail slides: the place one is at is in sight.
document.querySelector(".rail [aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });

keys.on("?", toggleKeys, { label: gettext("This sheet") });

// g, then a letter: the places of the rail.
for (const link of document.querySelectorAll("[data-go]")) {
  const place = link.dataset.go === "m" ? gettext("My settings") : link.textContent.trim();
  keys.on(`g ${link.dataset.go}`, () => location.assign(link.href), { label: gettext("Go to %(place)s", { place }), group: gettext("Go") });
}

const searchPlace = document.querySelector("[data-search]");
if (searchPlace) {
  keys.on("/", () => {
    const box = document.getElementById("q");
    if (box) box.select();
    else location.assign(searchPlace.href);
  }, { label: gettext("Search") });
}

// --- What is sent once is not sent twice -----------------------------------------------------------

const FREE_AGAIN = 5_000;
const free = (form) => form?.removeAttribute?.("aria-busy");

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post") return;
  if (form.ariaBusy === "true") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.ariaBusy = "true";
  if (form.hasAttribute("hx-post")) return;
  // A script of ours may have taken it over, or it brings a file and the page stays.
  setTimeout(() => { if (event.defaultPrevented) free(form); });
  setTimeout(free, FREE_AGAIN, form);
}, true);
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  free(ctx.sourceElement?.closest?.("form"));
});
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach(free));

// --- What the server refused or could not do, said in its own sentence ---

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (ctx.response.headers.has("HX-Redirect")) return;
  const plain = ctx.response.headers.get("Content-Type")?.startsWith("text/plain");
  fault(plain && ctx.text ? ctx.text : gettext("That did not work. Load the page again."));
});
// What was done in part says what was not.
document.addEventListener("glede:said", ({ detail }) => fault(detail.says));
document.addEventListener("htmx:error", () => {
  fault(gettext("Nothing was done: Glede did not answer. Try again when you are back on line."));
});
