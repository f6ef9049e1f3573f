// The command bar (Ctrl K): what this screen offers, where one can go, and what the server finds.
//
// What the page knows is listed at once; people and clauses come after it and push nothing away.
import { keys } from "./keys.js";
import { gettext } from "./words.js";

const ASK_AFTER = 120;
const MOST_HERE = 8;
const bar = document.getElementById("bar");
const box = document.getElementById("bar-q");
const list = document.getElementById("bar-list");
let asking = new AbortController();
let waiting = 0;

const options = () => [...list.querySelectorAll("[role=option]")];
const selected = () => list.querySelector("[aria-selected=true]");

function select(option) {
  selected()?.setAttribute("aria-selected", "false");
  if (!option) {
    box.removeAttribute("aria-activedescendant");
    return;
  }
  option.setAttribute("aria-selected", "true");
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function line(label, of) {
  const option = document.createElement("li");
  option.setAttribute("role", "option");
  option.setAttribute("aria-selected", "false");
  const kind = document.createElement("span");
  kind.className = "of";
  kind.textContent = of;
  option.append(label, kind);
  return option;
}

/** Acts of this screen and places of the rail whose words begin with every word typed. */
function here(typed) {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (label) => {
    const parts = label.toLowerCase().split(/[^\p{L}\p{N}]+/u);
    return words.every((word) => parts.some((part) => part.startsWith(word)));
  };
  const places = [...document.querySelectorAll(".rail a")].map((link) => {
    const label = link.querySelector("span")?.textContent.trim() ?? "";
    return { label: gettext("Go to %(place)s", { place: label }), of: gettext("Place"), go: () => location.assign(link.href) };
  });
  const acts = keys.offers()
    .filter(({ name, group }) => name !== "Ctrl K" && group !== gettext("Go"))
    .map(({ name, label, act }) => ({ label, of: name, go: () => act(new KeyboardEvent("keydown")) }));
  return [...acts, ...places].filter(({ label }) => fits(label)).slice(0, MOST_HERE);
}

function number() {
  options().forEach((option, at) => { option.id = `bar-${at}`; });
}

function show(typed) {
  list.replaceChildren(...here(typed).map(({ label, of, go }) => {
    const option = line(label, of);
    option.addEventListener("click", () => run(go));
    return option;
  }));
  number();
  select(options()[0]);
  clearTimeout(waiting);
  asking.abort();
  if (typed.trim().length > 1) waiting = setTimeout(ask, ASK_AFTER, typed.trim());
}

async function ask(typed) {
  asking = new AbortController();
  let found;
  try {
    const url = `${bar.dataset.more}?${new URLSearchParams({ q: typed })}`;
    const answer = await fetch(url, { signal: asking.signal, headers: { "HX-Request": "true" } });
    if (!answer.ok) throw new Error(String(answer.status));
    found = await answer.text();
  } catch (error) {
    if (error.name === "AbortError") return;
    const none = document.createElement("li");
    none.className = "none";
    none.textContent = gettext("People and clauses cannot be looked up just now.");
    list.append(none);
    return;
  }
  list.insertAdjacentHTML("beforeend", found);
  number();
  if (!selected()) select(options()[0]);
}

/** The bar closes first, so that what is done finds the page as it was. */
function run(go) {
  bar.close();
  setTimeout(go);
}

function move(by) {
  const all = options();
  if (all.length) select(all[(all.indexOf(selected()) + by + all.length) % all.length]);
}

const MOVES = { ArrowDown: () => move(1), ArrowUp: () => move(-1) };

if (bar) {
  keys.on("Ctrl K", () => {
    box.value = "";
    show("");
    bar.showModal();
    box.focus();
  }, { label: gettext("Command bar: do, go or find") });
  box.addEventListener("input", () => show(box.value));
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter") selected()?.click();
    else if (event.key in MOVES) MOVES[event.key]();
    else return;
    event.preventDefault();
  });
  list.addEventListener("click", (event) => {
    const href = event.target.closest("[data-href]")?.dataset.href;
    if (href) run(() => location.assign(href));
  });
}
