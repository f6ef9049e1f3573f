// What the desk's checks find in the words, said under the box while one writes. The server looks;
// this asks, a moment after the last key, and takes out what a person wants taken out.

const byId = (id) => document.getElementById(id);
const AFTER = 600;
let timer = 0;
let asking = null;
let asked = "";

/** Buttons that need this script show only with it. */
function show() {
  for (const one of document.querySelectorAll("#checked [data-take-out]")) one.hidden = false;
}

async function look(box) {
  const place = byId("checked");
  const { form } = box;
  if (!place || !form) return;
  const body = new URLSearchParams({
    csrfmiddlewaretoken: form.elements.csrfmiddlewaretoken.value,
    text: box.value,
    where: form.elements.where?.type === "checkbox" && !form.elements.where.checked ? "" : form.elements.where?.value ?? "",
    line: form.elements.line?.value ?? "",
  });
  const words = body.toString();
  if (words === asked) return;
  asked = words;
  asking?.abort();
  asking = new AbortController();
  let answer;
  let found;
  try {
    answer = await fetch(place.dataset.url, { method: "POST", body, signal: asking.signal });
    found = await answer.text();
  } catch {
    asked = "";
    return; // Sending looks again, on the desk.
  }
  if (!answer.ok || !place.isConnected) return;
  const used = answer.headers.get("Glede-Used");
  if (used) document.dispatchEvent(new CustomEvent("glede:counted", { detail: { used: Number(used), words: box.value } }));
  const { activeElement: now } = document;
  // A reason somebody is choosing stays until what it is for has changed.
  const kept = new Map([...place.querySelectorAll("select, [type=checkbox]")].map((one) => [one.value || one.id, one]));
  const chosen = ["anyway", "ask-second"].map((id) => [id, byId(id)?.value]);
  if (place.innerHTML.trim() === found.trim()) return;
  place.innerHTML = found;
  for (const one of place.querySelectorAll("[type=checkbox]")) one.checked = kept.get(one.value)?.checked ?? false;
  for (const [id, value] of chosen) if (value && byId(id)) byId(id).value = value;
  if (now && !now.isConnected) (byId(now.id) ?? box).focus();
  show();
}

/** Each marked place of one finding, the last first, so that the places before it stay. */
function takeOut(button) {
  const found = button.closest(".spotted");
  const box = byId(found.dataset.in);
  if (!box) return;
  for (const mark of [...found.querySelectorAll("mark")].reverse()) {
    const words = mark.textContent;
    // The desk counts characters otherwise than a browser does: the words decide, then the place.
    const from = Number(mark.dataset.from);
    const at = box.value.startsWith(words, from) ? from : box.value.lastIndexOf(words);
    if (at < 0) continue;
    const before = box.value.slice(0, at).replace(/[ \t]$/, "");
    box.value = before + box.value.slice(at + words.length);
    box.setSelectionRange(before.length, before.length);
  }
  box.focus();
  box.dispatchEvent(new Event("input", { bubbles: true }));
}

export function later() {
  clearTimeout(timer);
  timer = setTimeout(() => { if (byId("words")) look(byId("words")); }, AFTER);
}

/** A new box: what the server said of it stands; what was restored into it is looked at. */
export function renew() {
  clearTimeout(timer);
  asking?.abort();
  asked = "";
  show();
  if (byId("words")?.value.trim() && !byId("checked")?.childElementCount) later();
}

export function start() {
  document.addEventListener("input", (event) => {
    if (event.target.matches("#words, #line, #where, #say-form [name=where]")) later();
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-take-out]");
    if (button) takeOut(button);
  });
}
