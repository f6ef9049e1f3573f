// Web push in this browser: asked for by a button, never by itself.
import { gettext } from "./words.js";

const part = document.getElementById("push-here");
const button = part.querySelector("button");
const says = part.querySelector("p");
const can = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function bytes(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
}

// Whose browser it is, in words: people tell their own apart by it.
function name() {
  const agent = navigator.userAgent;
  const browser = ["Edg", "Firefox", "Chrome", "Safari"].find((one) => agent.includes(`${one}/`));
  const system = ["Android", "iPhone", "iPad", "Windows", "Mac", "Linux"].find((one) => agent.includes(one));
  const known = browser === "Edg" ? "Edge" : browser;
  return known && system ? gettext("%(browser)s on %(system)s", { browser: known, system }) : known ?? system ?? "";
}

async function switchOn() {
  if (await Notification.requestPermission() !== "granted") {
    says.textContent = gettext("This browser does not let Glede show messages. Allow it beside the address, then try again.");
    return;
  }
  await navigator.serviceWorker.register("/sw.js", { scope: "/" });
  const ready = await navigator.serviceWorker.ready;
  const subscription = await ready.pushManager.getSubscription()
    ?? await ready.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(part.dataset.key) });
  const answer = await fetch(part.dataset.url, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRFToken": part.querySelector("[name=csrfmiddlewaretoken]").value },
    body: JSON.stringify({ ...subscription.toJSON(), name: name() }),
  });
  if (answer.ok) {
    location.reload();
    return;
  }
  await subscription.unsubscribe();
  says.textContent = (await answer.json()).says ?? gettext("That did not work. Try again.");
}

if (can) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await switchOn();
    } catch (error) {
      says.textContent = gettext(
        "This browser could not be switched on (%(error)s). It may have no push service, or be in a private window.",
        { error: error.name },
      );
    } finally {
      button.disabled = false;
    }
  });
} else {
  says.textContent = gettext("This browser cannot be told while it is closed. On an iPhone, add Glede to the home screen first.");
}
