// Work shared out: the bar that undoes the last act.
import { keys } from "./keys.js";

const byId = (id) => document.getElementById(id);

/** The bar goes when its time is over: an offer that would be refused is none. */
function expire(now) {
  const bar = byId("done")?.querySelector("[data-until]");
  if (bar && Date.parse(bar.dataset.until) <= now()) bar.remove();
}

/** `now` is the server's time as this computer knows it. */
export function start(now) {
  setInterval(() => expire(now), 500);
}

/** Opens a menu of the thread's head and goes to its first field; closes it again. */
function menu(id) {
  const found = byId(id);
  if (!found) return;
  found.open = !found.open;
  if (found.open) found.querySelector(".sheet input:not([type=hidden]), .sheet button, .sheet a")?.focus();
  else byId("title")?.focus();
}

keys.on("l", () => menu("label-menu"), { label: "Label", group: "Decide" });
keys.on("s", () => menu("snooze-menu"), { label: "Snooze", group: "Decide" });
