// Work shared out: the bar that undoes the last act.

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
