// The conversation that comes next is fetched while one reads the one before it, so that j and
// “resolve and next” show it at once. It is kept for a moment in this page's memory, dropped as soon
// as anything in it changes, and counts as read only when somebody looks at it.

const KEPT_FOR = 60_000;
const MOST = 3;
const kept = new Map();
let asking = null;

const byId = (id) => document.getElementById(id);
const rowOf = (link) => link?.closest(".row");

/** The link of the conversation after the chosen one; the first where none is chosen. */
export function nextLink() {
  const all = [...document.querySelectorAll("#rows .row:not(.left) .to")];
  const at = all.findIndex((link) => rowOf(link).dataset.id === byId("main")?.dataset.id);
  return all[at + 1] ?? null;
}

const addressOf = (link) => new URL(link.getAttribute("hx-get"), location.href).href;

/** Is what this link leads to here already, as new as its row says? */
export function has(link) {
  const address = link && addressOf(link);
  const found = kept.get(address);
  if (!found) return false;
  const fresh = Date.now() - found.at < KEPT_FOR
    && Number(rowOf(link).dataset.revision) <= found.revision;
  if (!fresh) kept.delete(address);
  return fresh;
}

/** Forgets a conversation that changed, or everything. */
export function drop(id = null) {
  for (const [address, { of }] of kept) if (id === null || of === String(id)) kept.delete(address);
  if (asking && (id === null || asking.of === String(id))) {
    asking.stop.abort();
    asking = null;
  }
}

async function fetchAhead() {
  const link = nextLink();
  if (!link || document.hidden || navigator.connection?.saveData || has(link)) return;
  const address = addressOf(link);
  const of = rowOf(link).dataset.id;
  asking?.stop.abort();
  const mine = { of, stop: new AbortController() };
  asking = mine;
  try {
    const answer = await fetch(address, {
      signal: mine.stop.signal,
      priority: "low",
      headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#chosen" },
    });
    if (!answer.ok || answer.redirected) return;
    keep(address, of, await answer.text());
  } catch {
    // Nothing lost: it is asked for when somebody opens it, and then a fault is said.
  } finally {
    if (asking === mine) asking = null;
  }
}

function keep(address, of, text) {
  const made = document.createElement("template");
  made.innerHTML = text;
  const main = made.content.querySelector("#main");
  if (main?.dataset.id !== of) return;
  // What can be undone is said by the page that shows it, not by one from before.
  made.content.querySelector("#done")?.remove();
  kept.set(address, {
    of, at: Date.now(), revision: Number(main.dataset.revision), now: main.dataset.now, text: made.innerHTML,
  });
  for (const oldest of [...kept.keys()].slice(0, -MOST)) kept.delete(oldest);
}

/** As the server would answer now: its clock has gone on since. */
function answered(address) {
  const { at, now, text } = kept.get(address);
  const later = new Date(Date.parse(now) + Date.now() - at).toISOString();
  const { pathname, search } = new URL(address);
  return new Response(text.replace(`data-now="${now}"`, `data-now="${later}"`), {
    headers: { "Content-Type": "text/html; charset=utf-8", "HX-Push-Url": pathname + search },
  });
}

let waiting = 0;

/** Fetches what comes next once the page has nothing else to do. */
export function soon() {
  clearTimeout(waiting);
  waiting = setTimeout(() => (globalThis.requestIdleCallback ?? setTimeout)(fetchAhead), 150);
}

export function start() {
  document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
    if (ctx.request.method !== "GET" || ctx.target?.id !== "chosen") return;
    const link = ctx.sourceElement?.closest?.(".row .to");
    if (!link || !has(link)) return;
    const address = addressOf(link);
    ctx.fetch = async () => answered(address);
  });
  document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
    // What is open is no longer ahead: drafts and notes made in it would be missing.
    if (ctx.target?.id === "chosen") drop(byId("main")?.dataset.id);
    soon();
  });
  document.addEventListener("glede:conversation.changed", ({ detail }) => { drop(detail.id); soon(); });
  document.addEventListener("glede:delivery.changed", ({ detail }) => { drop(detail.conversation); soon(); });
  document.addEventListener("glede:acted", ({ detail }) => { detail.ids?.forEach(drop); soon(); });
  document.addEventListener("glede:resumed", () => { drop(); soon(); });
  soon();
}
