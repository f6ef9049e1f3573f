// The line above the list: how its last word may go on. Without this it is an ordinary form.

import { fetched } from "./fetched.js";

const byId = (id) => document.getElementById(id);
const PART = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "ul#offers" };
const PAUSE = 90; // between the last letter and the question

let asking = 0;
let latest = 0;

const box = () => byId("offers");
const options = () => [...(box()?.children ?? [])];
const chosen = () => options().find((one) => one.getAttribute("aria-selected") === "true");

function close() {
  clearTimeout(asking);
  latest += 1;
  const input = byId("ask");
  if (!input || !box()) return;
  box().hidden = true;
  input.setAttribute("aria-expanded", "false");
  input.removeAttribute("aria-activedescendant");
}

/** Only an input that can be completed says so: without a script it is a search box. */
function ready(input) {
  if (input.getAttribute("role") === "combobox") return;
  const says = { role: "combobox", "aria-expanded": "false", "aria-autocomplete": "list", "aria-controls": "offers" };
  Object.entries(says).forEach(([name, value]) => input.setAttribute(name, value));
}

async function complete() {
  const input = byId("ask");
  const mine = latest += 1;
  const url = new URL(input.dataset.complete, location.href);
  url.searchParams.set("q", input.value);
  const answer = await fetched(url, { headers: PART });
  if (!answer?.ok) return;
  if (mine !== latest || document.activeElement !== input) return;
  // Who chose an offer before the answer to the last letter came has it still, if it is still offered.
  const had = chosen()?.dataset.line;
  box().innerHTML = answer.text;
  box().hidden = !box().children.length;
  input.setAttribute("aria-expanded", String(!box().hidden));
  input.removeAttribute("aria-activedescendant");
  const still = options().find((one) => one.dataset.line === had);
  if (still) choose(still);
}

function choose(to) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === to)));
  byId("ask").setAttribute("aria-activedescendant", to.id);
  to.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = options();
  const at = all.indexOf(chosen());
  choose(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}

/** Takes an offer: a word that is whole is asked for with the next Enter, one that goes on is offered more. */
function take(option) {
  const input = byId("ask");
  input.value = option.dataset.line;
  input.focus();
  close();
  if (!input.value.endsWith(" ")) complete();
}

function key(event) {
  if (event.target.id !== "ask" || event.isComposing) return;
  if (box().hidden) {
    if (event.key === "ArrowDown") { event.preventDefault(); complete(); }
    return;
  }
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    step(event.key === "ArrowDown" ? 1 : -1);
  } else if ((event.key === "Enter" || event.key === "Tab") && chosen()) {
    event.preventDefault();
    take(chosen());
  } else if (event.key === "Escape") {
    event.preventDefault();
    event.stopPropagation();
    close();
  }
}

export function focus() {
  const input = byId("ask");
  input.focus();
  if (input.value && !input.value.endsWith(" ")) input.value += " ";
  input.setSelectionRange(input.value.length, input.value.length);
}

export function start() {
  document.addEventListener("focusin", ({ target }) => { if (target.id === "ask") ready(target); });
  document.addEventListener("focusout", ({ target }) => { if (target.id === "ask") close(); });
  document.addEventListener("input", ({ target }) => {
    if (target.id !== "ask") return;
    clearTimeout(asking);
    asking = setTimeout(complete, PAUSE);
  });
  document.addEventListener("keydown", key, { capture: true });
  // Before the box loses the focus, and with it the offers.
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest?.("#offers [role=option]");
    if (option) { event.preventDefault(); take(option); }
  });
}
