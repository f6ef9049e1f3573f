// What changes elsewhere arrives here and goes on as an event of the page:
//
//   document.addEventListener("glede:conversation.changed", ({ detail }) => refresh(detail.id));
//
// Topics: conversation.changed, presence.changed, alert.raised, delivery.changed, import.changed; `glede:resumed` says that the line
// stands again after a break. Nothing is lost in between: the stream goes on after the last event
// this page had, or tells it to load again when that is too long ago.
import { say } from "./shell.js";
import { gettext } from "./words.js";

const TOPICS = ["conversation.changed", "presence.changed", "alert.raised", "delivery.changed", "import.changed"];
const FIRST_WAIT = 1_000;
const LONGEST_WAIT = 30_000;
// The server says something every 15 seconds. A line that is silent for longer is dead, whatever
// the browser thinks of it: a computer that slept finds such a one.
const SILENT_AFTER = 40_000;
// A page nobody looks at gives its connection back: a browser allows six to one server.
const HIDDEN_FOR = 30_000;

let source = null;
let last = document.documentElement.dataset.liveAfter ?? "";
let wait = FIRST_WAIT;
let heardAt = 0;
let brokenAt = null;
let again = 0;
let hiding = 0;
let ended = false;

const line = document.getElementById("line");
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });

function show(strong, rest, button) {
  const bold = document.createElement("b");
  bold.textContent = strong;
  line.querySelector("p").replaceChildren(bold, ` ${rest}`);
  line.querySelector("button").textContent = button;
  line.hidden = false;
}

function broken() {
  brokenAt ??= new Date();
  const since = clock.format(brokenAt);
  show(
    navigator.onLine ? gettext("No line to Glede since %(since)s.", { since }) : gettext("You are offline since %(since)s.", { since }),
    gettext("What you see is from %(since)s. Words you type stay here; nothing can be sent. Clocks go on.", { since }),
    gettext("Try now"),
  );
}

function mended() {
  wait = FIRST_WAIT;
  if (brokenAt === null) return;
  brokenAt = null;
  line.hidden = true;
  say(gettext("The line to Glede stands again."));
  document.dispatchEvent(new CustomEvent("glede:resumed"));
}

function signedOut() {
  ended = true;
  close();
  show(gettext("You are signed out."), gettext("Words you type stay on this page. Sign in to go on."), gettext("Sign in"));
}

function close() {
  clearTimeout(again);
  source?.close();
  source = null;
}

function heard(event) {
  heardAt = Date.now();
  if (event.lastEventId) last = event.lastEventId;
}

function open() {
  if (ended || source || document.hidden) return;
  clearTimeout(again);
  heardAt = Date.now();
  source = new EventSource(last ? `/live?after=${encodeURIComponent(last)}` : "/live");
  source.addEventListener("open", () => {
    heardAt = Date.now();
    mended();
  });
  source.addEventListener("error", () => {
    // Come back by ourselves, with the last event in the address: the browser's own attempt
    // would give up for good on an answer that is not a stream.
    close();
    broken();
    again = setTimeout(() => { checkSignedIn().then(open); }, wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  });
  source.addEventListener("pulse", heard);
  source.addEventListener("reset", () => location.reload());
  source.addEventListener("signed-out", signedOut);
  for (const topic of TOPICS) {
    source.addEventListener(topic, (event) => {
      heard(event);
      document.dispatchEvent(new CustomEvent(`glede:${topic}`, { detail: JSON.parse(event.data) }));
    });
  }
}

// A stream that was refused does not tell why: ask once, and say it if the session has ended.
async function checkSignedIn() {
  try {
    const answer = await fetch("/live?check", { cache: "no-store" });
    if (answer.status === 401) signedOut();
  } catch {
    // Still no line: the next attempt comes by itself.
  }
}

function tryNow() {
  if (ended) {
    location.href = `/accounts/login/?next=${encodeURIComponent(location.pathname + location.search)}`;
    return;
  }
  close();
  wait = FIRST_WAIT;
  open();
}

line.querySelector("button").addEventListener("click", tryNow);
document.addEventListener("glede:signed-out", signedOut);
addEventListener("online", tryNow);
addEventListener("offline", () => { close(); broken(); });
addEventListener("pagehide", close);
addEventListener("pageshow", (event) => { if (event.persisted) open(); });

document.addEventListener("visibilitychange", () => {
  clearTimeout(hiding);
  if (document.hidden) hiding = setTimeout(close, HIDDEN_FOR);
  else open();
});

setInterval(() => {
  if (source && Date.now() - heardAt > SILENT_AFTER) tryNow();
}, 5_000);

open();
