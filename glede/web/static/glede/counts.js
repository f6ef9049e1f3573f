// The figures on the rail: fetched after the page and again when something changed, at most every
// few seconds, so that a busy hour costs no more than a quiet one.
const AT_MOST_EVERY = 3_000;

let due = 0;

function draw(place, { n, words, late }) {
  const link = document.querySelector(`.rail [data-counts="${place}"]`);
  if (!link) return;
  let figure = link.querySelector(".n");
  let spoken = link.querySelector(".vh");
  if (!figure) {
    figure = document.createElement("span");
    figure.ariaHidden = "true";
    spoken = document.createElement("span");
    spoken.className = "vh";
    link.firstElementChild.after(figure);
    link.append(spoken);
  }
  figure.className = late ? "n late" : "n";
  figure.textContent = n;
  figure.hidden = n === "";
  spoken.textContent = n === "" ? "" : `, ${words}`;
}

async function refresh() {
  due = 0;
  try {
    const answer = await fetch("/me/counts/", { cache: "no-store" });
    if (!answer.ok || answer.redirected) return;
    for (const [place, figure] of Object.entries(await answer.json())) draw(place, figure);
  } catch {
    // No line: live.js says so, and what it says when the line stands again comes here too.
  }
}

function soon() {
  due ||= setTimeout(refresh, AT_MOST_EVERY);
}

for (const event of ["conversation.changed", "alert.raised", "resumed"]) {
  document.addEventListener(`glede:${event}`, soon);
}
refresh();
