// A visitor's page: fetches itself again now and then, so that an answer appears without a reload.
// What is typed is never touched.
const main = document.querySelector("main");
const every = Number(main.dataset.again || 0);

if (window.top !== window.self) document.body.classList.add("framed");

async function again() {
  if (!document.hidden) {
    try {
      const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
      if (answer.ok) show(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch {
      // No connection just now: the next turn may have one.
    }
  }
  setTimeout(again, every * 1000);
}

function show(page) {
  const said = document.getElementById("said");
  const now = page.getElementById("said");
  if (now && !said) location.reload();
  else if (now && said.innerHTML !== now.innerHTML) said.replaceChildren(...now.childNodes);
}

if (every) setTimeout(again, every * 1000);
