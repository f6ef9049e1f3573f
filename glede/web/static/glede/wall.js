// The wall brings itself up to date: when something changed, at most every five seconds, and each
// minute because time goes on. When the line is broken, the line below says since when.
const AT_MOST_EVERY = 5_000;
const MINUTE = 60_000;
let due = 0;

async function refresh() {
  due = 0;
  const old = document.getElementById("wall");
  try {
    const answer = await fetch(old.dataset.url, { cache: "no-store", headers: { "HX-Request": "true" } });
    if (!answer.ok || answer.redirected) return;
    const made = document.createElement("template");
    made.innerHTML = await answer.text();
    // Whoever works in it with the keyboard is not thrown out of it.
    if (old.contains(document.activeElement)) return;
    old.replaceWith(made.content.querySelector("#wall"));
  } catch {
    // No line: live.js says so, and what it says when the line stands again comes here too.
  }
}

function soon() {
  due ||= setTimeout(refresh, AT_MOST_EVERY);
}

for (const event of ["conversation.changed", "alert.raised", "delivery.changed"]) {
  document.addEventListener(`glede:${event}`, soon);
}
document.addEventListener("glede:resumed", refresh);
setInterval(refresh, MINUTE);
