// “@” in a note offers the colleagues who may read it; without a script the name is typed whole.
import { fetched } from "./fetched.js";
import { say } from "./shell.js";
import { gettext, ngettext } from "./words.js";

const byId = (id) => document.getElementById(id);
const MOST = 6;
const OPEN = /(?:^|[^\p{L}\p{N}_.])@([\p{L}\p{N}_’' -]{0,40})$/u;

/** Names by the address they come from; asked for at the first “@”. */
const names = new Map();
let start = -1;

async function known() {
  const url = byId("main").dataset.names;
  if (!names.has(url)) {
    const answer = await fetched(url);
    if (!answer?.ok) return [];
    names.set(url, JSON.parse(answer.text).names);
  }
  return names.get(url);
}

const list = () => byId("names");
const options = () => [...(list()?.children ?? [])];
const chosen = () => list()?.querySelector("[aria-selected=true]");

function close(box) {
  list()?.remove();
  start = -1;
  box?.removeAttribute("aria-activedescendant");
  box?.removeAttribute("aria-controls");
}

function choose(box, option) {
  options().forEach((one) => one.setAttribute("aria-selected", String(one === option)));
  box.setAttribute("aria-activedescendant", option.id);
  option.scrollIntoView({ block: "nearest" });
}

function offer(box, found) {
  close(box);
  const made = document.createElement("div");
  Object.assign(made, { id: "names", className: "names", role: "listbox", ariaLabel: gettext("Colleagues") });
  found.forEach((name, at) => {
    const option = document.createElement("div");
    Object.assign(option, { id: `name-${at}`, role: "option", textContent: name, ariaSelected: "false" });
    made.append(option);
  });
  box.closest(".say").after(made);
  box.setAttribute("aria-controls", "names");
  box.setAttribute("aria-autocomplete", "list");
  choose(box, made.firstElementChild);
  say(ngettext("%(n)s name, %(name)s chosen", "%(n)s names, %(name)s chosen", found.length, { name: found[0] }));
}

/** First names count: the words before the cursor are the beginning of any part of a name. */
const fits = (name, typed) => {
  const want = typed.toLocaleLowerCase();
  const whole = name.toLocaleLowerCase();
  return whole.startsWith(want) || whole.split(" ").some((part) => part.startsWith(want));
};

async function look(box) {
  const before = box.value.slice(0, box.selectionStart);
  const open = OPEN.exec(before);
  if (!open) { close(box); return; }
  const all = await known();
  if (box.value.slice(0, box.selectionStart) !== before) return;
  const found = all.filter((name) => fits(name, open[1])).slice(0, MOST);
  if (!found.length || found.includes(open[1].trimEnd())) { close(box); return; }
  offer(box, found);
  start = before.length - open[1].length;
}

function take(box, option) {
  box.setRangeText(`${option.textContent} `, start, box.selectionStart, "end");
  close(box);
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

function key(event) {
  const box = event.target;
  if (box.id !== "note" || !list()) return;
  const all = options();
  const at = all.indexOf(chosen());
  if (event.key === "ArrowDown") choose(box, all[(at + 1) % all.length]);
  else if (event.key === "ArrowUp") choose(box, all[(at + all.length - 1) % all.length]);
  else if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey) || event.key === "Tab") take(box, all[at]);
  else if (event.key === "Escape") close(box);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

export function begin() {
  document.addEventListener("input", (event) => { if (event.target.id === "note") look(event.target); });
  document.addEventListener("keydown", key, true);
  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("#names [role=option]");
    if (option) { event.preventDefault(); take(byId("note"), option); } else if (list()) close(byId("note"));
  });
  document.addEventListener("focusout", (event) => { if (event.target.id === "note") close(event.target); });
}
