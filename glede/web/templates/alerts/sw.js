{% load i18n static %}// Hears what the desk pushes while no page of it is open. It keeps nothing and answers no request:
// what it shows holds no resident's words, and everything else stays behind the sign-in.
const ICON = "{% static "glede/app-192.png" %}";

self.addEventListener("install", () => { self.skipWaiting(); });
self.addEventListener("activate", (event) => { event.waitUntil(self.clients.claim()); });

function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

self.addEventListener("push", (event) => {
  const told = event.data ? read(event.data) : {};
  event.waitUntil(self.registration.showNotification(told.title || "Glede", {
    body: told.body || "{% filter escapejs %}{% translate "Something waits for you." %}{% endfilter %}",
    tag: told.tag || "glede",
    renotify: Boolean(told.tag),
    requireInteraction: told.severe === true,
    icon: ICON,
    data: { href: told.href || "/alerts/" },
  }));
});

// A push service may give a browser a new address. It is handed over as the button does, with what
// that page holds: the form's token and our key.
async function renew(event) {
  const page = await (await fetch("/alerts/ways/", { credentials: "same-origin" })).text();
  const found = (pattern) => page.match(pattern)?.[1] ?? "";
  const next = event.newSubscription ?? await self.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: found(/data-key="([^"]+)"/),
  });
  await fetch("/alerts/ways/browser/", {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/json", "X-CSRFToken": found(/name="csrfmiddlewaretoken" value="([^"]+)"/) },
    body: JSON.stringify({ ...next.toJSON(), instead_of: event.oldSubscription?.endpoint ?? "" }),
  });
}

self.addEventListener("pushsubscriptionchange", (event) => { event.waitUntil(renew(event)); });

// Only an address of ours: whoever could write a push must not be able to send anybody elsewhere.
function ours(href) {
  const url = new URL(href, self.location.origin);
  return url.origin === self.location.origin ? url.href : `${self.location.origin}/alerts/`;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const to = ours(event.notification.data.href);
  event.waitUntil((async () => {
    const open = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
    const here = open.find((one) => one.url === to);
    if (here) return here.focus();
    // A page in which somebody may be writing is left as it is.
    return self.clients.openWindow(to);
  })());
});
