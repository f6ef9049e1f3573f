// The import screen: what a click or a key does beyond what links and forms do by themselves.
import { keys } from "./keys.js";
import { say } from "./shell.js";
import { gettext } from "./words.js";

const byId = (id) => document.getElementById(id);
const review = () => byId("review");
const cards = () => [...document.querySelectorAll(".items > .finding")];
const open = () => document.querySelector(".finding.open");
const narrow = matchMedia("(width < 62rem)");

// --- Which item is open --------------------------------------------------------------------------

let openId = "";

/** Opens an item: its card, and its quote in the text. */
function choose(card, { focus = true, block = "nearest" } = {}) {
  if (!card) return;
  openId = card.dataset.id;
  for (const other of cards()) {
    other.classList.toggle("open", other === card);
    if (other === card) other.setAttribute("aria-current", "true");
    else other.removeAttribute("aria-current");
    other.querySelector("[data-key=c]")?.classList.toggle("primary", other === card);
  }
  if (focus) card.focus({ preventScroll: true });
  card.scrollIntoView({ block });
  mark(card.dataset.id);
  const address = new URL(location.href);
  address.searchParams.set("item", card.dataset.id);
  for (const gone of ["edit", "page", "text"]) {
    if (gone !== "page" || !address.searchParams.has("page")) address.searchParams.delete(gone);
  }
  history.replaceState(history.state, "", address.pathname + address.search);
}

/** The quote of an item stands out, and in sight. */
function mark(id) {
  let first = null;
  for (const quote of document.querySelectorAll("#doc mark")) {
    const on = quote.dataset.items.split(" ").includes(id);
    quote.classList.toggle("on", on);
    if (on) first ??= quote;
  }
  const doc = byId("doc");
  if (!first || !doc.offsetParent) return;
  const at = first.getBoundingClientRect();
  const pane = doc.getBoundingClientRect();
  if (at.top < pane.top + 24 || at.bottom > pane.bottom - 24) {
    doc.scrollTop += at.top - pane.top - pane.height / 3;
  }
}

function move(by) {
  const all = cards();
  if (!all.length) return;
  const at = all.indexOf(open());
  const to = all[at < 0 ? 0 : at + by];
  if (to) { choose(to); return; }
  const turn = document.querySelector(`.finds .turn a:${by > 0 ? "last" : "first"}-of-type`);
  say(turn ? gettext("The end of this page of items.") : gettext("There are no more items."));
}

/** The next item nobody decided, on this page. */
function onwards(card) {
  const all = cards();
  const from = all.indexOf(card) + 1;
  const to = [...all.slice(from), ...all.slice(0, from)].find((one) => !one.classList.contains("done"));
  if (to) choose(to);
}

function pane(name) {
  review().dataset.pane = name;
  for (const tab of document.querySelectorAll(".panes a")) {
    if (tab.dataset.pane === name) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  }
  if (name === "text" && open()) mark(open().dataset.id);
}

// --- Clicks --------------------------------------------------------------------------------------

document.addEventListener("click", (event) => {
  if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const tab = event.target.closest(".panes a");
  if (tab) { event.preventDefault(); pane(tab.dataset.pane); return; }
  const note = event.target.closest("#doc sup a");
  if (note && byId(`item-${note.dataset.item}`)) {
    event.preventDefault();
    pane("items");
    choose(byId(`item-${note.dataset.item}`));
    return;
  }
  const way = event.target.closest(".to-text");
  if (way && byId(`clause-${way.dataset.clause}`)) {
    event.preventDefault();
    choose(way.closest(".finding"), { focus: false });
    pane("text");
    byId(`clause-${way.dataset.clause}`).scrollIntoView({ block: "center" });
    mark(way.closest(".finding").dataset.id);
    return;
  }
  const card = event.target.closest(".finding");
  const acts = event.target.closest("a, button, input, textarea, select, label, summary");
  if (card && !acts && !getSelection().toString()) choose(card);
});

document.addEventListener("focusin", (event) => {
  const card = event.target.closest?.(".finding");
  if (card && card !== open()) choose(card, { focus: false });
});

// --- Keys ----------------------------------------------------------------------------------------

function press(key) {
  const target = open()?.querySelector(`[data-key="${key}"]`);
  if (target) target.click();
  else say(gettext("That cannot be done with this item."));
}

keys.on("j", () => move(1), { name: "import-next", label: gettext("Next item"), group: gettext("Move") });
keys.on("k", () => move(-1), { name: "import-previous", label: gettext("Item before"), group: gettext("Move") });
keys.on("t", () => { if (narrow.matches) pane(review().dataset.pane === "text" ? "items" : "text"); else byId("doc").focus(); },
  { name: "import-text", label: gettext("The text"), group: gettext("Move") });
keys.on("c", () => press("c"), { name: "import-confirm", label: gettext("Confirm, or seen"), group: gettext("Decide") });
keys.on("e", () => press("e"), { name: "import-change", label: gettext("Change, or answer"), group: gettext("Decide") });
keys.on("x", () => press("x"), { name: "import-dismiss", label: gettext("Not a rule"), group: gettext("Decide") });
keys.on("u", () => press("u"), { name: "import-undo", label: gettext("Undo"), group: gettext("Decide") });

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || document.querySelector("dialog[open]")) return;
  open()?.querySelector('[data-key="Escape"]')?.click();
});

// --- After a part was put in -----------------------------------------------------------------------

// One's own requests under way, by item: does it decide something? What the stream tells about them
// meanwhile is no news.
const underway = new Map();

document.addEventListener("htmx:before:request", (event) => {
  const source = event.detail.ctx?.sourceElement;
  const card = source?.closest?.(".finding");
  if (card && source !== card) underway.set(card.dataset.id, source.matches("form"));
});
for (const failed of ["htmx:response:error", "htmx:error"]) {
  document.addEventListener(failed, () => underway.clear());
}

/** One's own act: on with the next, or to what is wrong. */
function settled(card, decides) {
  choose(card, { focus: false });
  const wanted = card.querySelector("[aria-invalid=true]")
    ?? (card.querySelector("[role=alert]") ? card : null)
    ?? card.querySelector(".editor input:not([type=hidden]), .editor textarea");
  if (wanted) { wanted.focus(); return; }
  card.focus({ preventScroll: true });
  if (!decides || !card.classList.contains("done")) return;
  const { done, all } = byId("counts").dataset;
  say(gettext("%(what)s. %(done)s of %(all)s decided.", { what: card.querySelector(".confirmed").textContent.trim(), done, all }));
  onwards(card);
}

document.addEventListener("htmx:after:swap", (event) => {
  const swapped = event.target.closest?.(".finding");
  if (!swapped) return;
  const { id } = swapped.dataset;
  if (underway.has(id)) {
    const decides = underway.get(id);
    underway.delete(id);
    settled(swapped, decides);
  } else if (id === openId) {
    choose(swapped, { focus: false });
  }
});

// --- What somebody else decides --------------------------------------------------------------------

document.addEventListener("glede:import.changed", ({ detail }) => {
  if (String(detail.id) !== review()?.dataset.import || !detail.item) return;
  const card = byId(`item-${detail.item}`);
  // What is being typed stays; whoever sends it is told that somebody was faster.
  if (!card || underway.has(card.dataset.id) || card.querySelector(".editor")) return;
  if (Number(card.dataset.version) >= detail.version) return;
  htmx.ajax("GET", `/policy/import/${detail.id}/items/${detail.item}/`, { source: card, target: card, swap: "outerMorph" });
});

document.addEventListener("glede:resumed", () => {
  if (!document.querySelector(".editor")) location.reload();
});

choose(open(), { focus: false, block: "center" });
if (location.hash.startsWith("#item-")) byId(location.hash.slice(1))?.focus();
