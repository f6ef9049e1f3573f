// Puts the contact form where this script stands. It sets no cookie and reads nothing but the
// address of the page it is on, so that we know what the message is about.
(() => {
  const here = document.currentScript;
  const frame = document.createElement("iframe");
  const address = {{ address|safe }};
  // data-lang="cy" on the script, or the language the page around it is in.
  const language = (here.dataset.lang || document.documentElement.lang || "").slice(0, 2).toLowerCase();
  const page = encodeURIComponent(location.origin + location.pathname);
  frame.src = `${address}?in=frame&page=${page}${/^[a-z]{2}$/.test(language) ? `&lang=${language}` : ""}`;
  frame.title = here.dataset.title || {{ title|safe }};
  frame.width = "100%";
  frame.height = here.dataset.height || "720";
  frame.loading = "lazy";
  frame.style.border = "0";
  here.after(frame);
})();
