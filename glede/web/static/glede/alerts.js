// What is raised while the page is open: shown at once, unless somebody's hand is on the list.
const list = document.getElementById("alerts");
const fresh = document.getElementById("alerts-new");
const AT_MOST_EVERY = 1_000;
let due = 0;

async function load() {
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" }, cache: "no-store" });
  if (!answer.ok || answer.redirected) return;
  list.innerHTML = await answer.text();
  fresh.hidden = true;
}

// No line: live.js says so, and tells when it stands again.
const loud = (error) => { if (!(error instanceof TypeError)) throw error; };

function show() {
  due = 0;
  if (list.matches(":hover, :focus-within")) fresh.hidden = false;
  else load().catch(loud);
}

const soon = () => { due ||= setTimeout(show, AT_MOST_EVERY); };

document.addEventListener("glede:alert.raised", soon);
document.addEventListener("glede:resumed", soon);
fresh.querySelector("a").addEventListener("click", (event) => {
  event.preventDefault();
  load().catch(loud);
});
