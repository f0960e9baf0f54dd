/* Asks the browser for a passkey when a form with data-passkey is sent, and sends the form with the answer. Nothing is fetched: what is
   asked for stands in the page, the answer goes with the form. Source: W3C Web Authentication Level 3, 5.1. */
"use strict";
{
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const keys = (listed) => listed.map((one) => ({ ...one, id: bytes(one.id) }));

  /* By hand, since older browsers have neither parseCreationOptionsFromJSON nor toJSON. */
  const make = async (options) => {
    const user = { ...options.user, id: bytes(options.user.id) };
    const excludeCredentials = keys(options.excludeCredentials);
    const made = await navigator.credentials.create({
      publicKey: { ...options, user, excludeCredentials, challenge: bytes(options.challenge) },
    });
    return answer(made, {
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports ? made.response.getTransports() : [],
    });
  };

  const use = async (options) => {
    const allowCredentials = keys(options.allowCredentials);
    const used = await navigator.credentials.get({
      publicKey: { ...options, allowCredentials, challenge: bytes(options.challenge) },
    });
    return answer(used, {
      authenticatorData: text(used.response.authenticatorData),
      signature: text(used.response.signature),
      userHandle: used.response.userHandle ? text(used.response.userHandle) : null,
    });
  };

  const answer = (key, says) =>
    JSON.stringify({
      id: key.id,
      rawId: text(key.rawId),
      type: key.type,
      response: { clientDataJSON: text(key.response.clientDataJSON), ...says },
    });

  const form = document.querySelector("form[data-passkey]");
  const told = form.querySelector("[role=alert]");
  const tell = (what) => {
    told.textContent = told.dataset[what] ?? "";
    told.hidden = !what;
  };

  if (window.PublicKeyCredential) {
    form.querySelector("button").hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      tell("");
      const options = JSON.parse(form.dataset.options);
      try {
        form.elements.answer.value = await (form.dataset.passkey === "make" ? make(options) : use(options));
      } catch (error) {
        tell(error.name === "InvalidStateError" ? "known" : error.name === "NotAllowedError" ? "cancelled" : "failed");
        return;
      }
      form.submit();
    });
  } else {
    form.querySelector(".unable").hidden = false;
  }
}
