// Follows what happens: asks for the parts that change, and leaves what you are writing alone.
(() => {
  const busy = (part) => [...part.querySelectorAll("details[open]")].some((one) => one.contains(document.activeElement) || [...one.querySelectorAll("textarea")].some((text) => text.value !== text.defaultValue));
  let running = false, again = false;
  const refresh = async () => {
    if (running) { again = true; return; }
    running = true;
    try {
      const answer = await fetch(location.pathname.replace(/\/$/, "") + "/now" + location.search);
      if (answer.ok) {
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
        for (const part of document.querySelectorAll("[data-live]")) {
          const now = fresh.querySelector(`[data-live="${part.dataset.live}"]`);
          if (!now) continue;
          if (busy(part)) { again = true; continue; }
          part.replaceChildren(...now.childNodes);
        }
      }
    } finally {
      running = false;
      if (again) { again = false; setTimeout(refresh, 2000); }
    }
  };
  const stream = new EventSource(location.pathname.replace(/\/$/, "") + "/live");
  let opened = false;
  stream.addEventListener("open", () => { if (opened) refresh(); opened = true; });
  stream.addEventListener("changed", refresh);
  addEventListener("pagehide", () => stream.close());
})();
