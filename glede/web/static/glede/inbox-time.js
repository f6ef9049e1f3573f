// Time on the screen: chips once a minute, the ten seconds of undo once a second.
// The server's words come first; these are the same words, said later.
import { gettext, ngettext } from "./words.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const GROUPS = ["late", "soon", "today", "later", "promised", "waiting", "no-clock"];
const LABELS = { late: gettext("Late"), soon: gettext("Due in 1 h"), today: gettext("Today"), later: gettext("Later") };

// Due times are the server's; a computer whose clock is wrong must not make a promise look kept.
let ahead = 0;

/** Learns how far this computer's clock is from the server's, from a page that just came in. */
export function learn(serverNow) {
  const told = Date.parse(serverNow ?? "");
  if (!Number.isNaN(told)) ahead = Date.now() - told;
}

export const rightNow = () => Date.now() - ahead;

/** “11 min”, “2 h 10”, “20 h”, “3 days”: what has fully passed, never rounded up. */
export function durationWords(milliseconds) {
  const minutes = Math.floor(Math.abs(milliseconds) / MINUTE);
  const hours = Math.floor(minutes / 60);
  const rest = minutes % 60;
  if (!minutes) return gettext("under 1 min");
  if (!hours) return gettext("%(n)s min", { n: rest });
  if (hours >= 48) return ngettext("%(n)s day", "%(n)s days", Math.floor(hours / 24));
  return rest
    ? gettext("%(hours)s h %(minutes)s", { hours, minutes: String(rest).padStart(2, "0") })
    : gettext("%(hours)s h", { hours });
}

function icon(chip, late) {
  const drawn = chip.querySelector("svg");
  if (late && drawn?.classList.contains("pie")) {
    const any = document.querySelector(".i use")?.getAttribute("href")?.split("#")[0];
    if (!any) return;
    const made = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    made.setAttribute("class", "i s");
    made.setAttribute("aria-hidden", "true");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `${any}#i-warn`);
    made.append(use);
    drawn.replaceWith(made);
  }
}

export function tickChip(chip, now = rightNow()) {
  const due = Date.parse(chip.dataset.due);
  const since = Date.parse(chip.dataset.since);
  const left = due - now;
  const late = left < 0;
  const words = late
    ? gettext("late %(time)s", { time: durationWords(left) })
    : gettext("%(time)s left", { time: durationWords(left) });
  const shown = chip.querySelector("b");
  if (shown.textContent !== words) shown.textContent = words[0].toUpperCase() + words.slice(1);
  chip.classList.toggle("late", late);
  chip.classList.toggle("soon", !late && left <= HOUR);
  chip.classList.toggle("today", !late && left > HOUR);
  icon(chip, late);
  const share = late ? 0 : Math.max(0, Math.min(100, Math.round((100 * left) / (due - since))));
  chip.querySelector(".pie .left")?.setAttribute("stroke-dasharray", `${share} 100`);
}

function groupOf(row, now) {
  const due = Date.parse(row.querySelector(".due")?.dataset.due ?? "");
  if (Number.isNaN(due)) return null;
  if (due < now) return "late";
  if (due - now <= HOUR) return "soon";
  return null;
}

/** Rows whose heading changed by time alone. Order never changes by it, so a row only passes a
 *  heading; and not while somebody points at the list or works in it. */
function regroup(now) {
  const list = document.getElementById("rows");
  if (!list || list.matches(":hover") || list.contains(document.activeElement)) return;
  for (const row of list.querySelectorAll(".group .row:not(.left)")) {
    const wanted = groupOf(row, now);
    const group = row.closest(".group");
    if (!wanted || group.dataset.group === wanted) continue;
    if (GROUPS.indexOf(group.dataset.group) < GROUPS.indexOf(wanted)) continue;
    (list.querySelector(`.group.${wanted}`) ?? makeGroup(list, wanted)).querySelector("ul").append(row);
    for (const changed of [group, row.closest(".group")]) countGroup(changed);
  }
}

function makeGroup(list, key) {
  const made = document.createElement("section");
  made.className = `group ${key}`;
  made.dataset.group = key;
  made.setAttribute("aria-labelledby", `g-${key}`);
  const head = document.createElement("h2");
  head.id = `g-${key}`;
  const figure = document.createElement("span");
  figure.className = "n";
  head.append(`${LABELS[key]} `, figure);
  made.append(head, document.createElement("ul"));
  const next = [...list.querySelectorAll(".group")]
    .find((group) => GROUPS.indexOf(group.dataset.group) > GROUPS.indexOf(key));
  list.insertBefore(made, next ?? null);
  return made;
}

function countGroup(group) {
  const rows = group.querySelectorAll(".row").length;
  if (!rows) return group.remove();
  const figure = group.querySelector(".n");
  figure.textContent = `${rows}${figure.textContent.endsWith("+") ? "+" : ""}`;
}

export function tick() {
  const now = rightNow();
  for (const chip of document.querySelectorAll(".due[data-due]")) tickChip(chip, now);
  regroup(now);
}

/** `elsewhere`: a reply of another conversation than the one that is open. */
function leaves(left, { elsewhere }) {
  if (left <= 0) return elsewhere ? gettext("Goes out now") : gettext("Going out now");
  return elsewhere ? gettext("Goes out in %(n)s s", { n: left }) : gettext("Going out in %(n)s s", { n: left });
}

/** The undo seconds. `gone` is called once for each reply whose time has run out. */
export function countDown(gone) {
  for (const box of document.querySelectorAll("[data-release]")) {
    const left = Math.ceil((Date.parse(box.dataset.release) - rightNow()) / 1000);
    const words = box.matches("b") ? box : box.querySelector("b");
    words.textContent = leaves(left, { elsewhere: box.matches("b") });
    if (left > 0 || box.dataset.gone) continue;
    box.dataset.gone = "yes";
    gone(box);
  }
}

// Whole minutes, so that every chip on the screen changes at once and at most once a minute.
export function start() {
  const wait = MINUTE - (Date.now() % MINUTE) + 50;
  setTimeout(() => { tick(); setInterval(tick, MINUTE); }, wait);
}
