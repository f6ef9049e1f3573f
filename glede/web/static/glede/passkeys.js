// Says in words what a passkey prompt that failed means; allauth's script only tells the console.
import { gettext } from "./words.js";

const WORDS = {
  NotAllowedError: gettext("No passkey was used: the prompt was closed, or this device has none for Glede."),
  InvalidStateError: gettext("This device already holds a passkey for your login."),
  NotSupportedError: gettext("This browser cannot use passkeys. Use your password and a code instead."),
  SecurityError: gettext("Passkeys work only at the address people sign in at, over https or on localhost."),
};

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const words = WORDS[event.detail.exception?.name]
    ?? gettext("The passkey did not work. Try again, or use your password.");
  const fault = document.getElementById("fault");
  fault.textContent = words;
  fault.hidden = false;
});
