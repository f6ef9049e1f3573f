// Puts the contact form where this script stands. It sets no cookie and reads nothing but the
// address of the page it is on, so that we know what the message is about.
(() => {
  const here = document.currentScript;
  const frame = document.createElement("iframe");
  const address = {{ address|safe }};
  frame.src = `${address}?in=frame&page=${encodeURIComponent(location.origin + location.pathname)}`;
  frame.title = here.dataset.title || {{ title|safe }};
  frame.width = "100%";
  frame.height = here.dataset.height || "720";
  frame.loading = "lazy";
  frame.style.border = "0";
  here.after(frame);
})();
