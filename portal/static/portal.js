// The only script of our own: what to say when a swapped fragment does not arrive. Pages work without it.
"use strict";

function sayNothingCame() {
  document.getElementById("no-answer")?.removeAttribute("hidden");
}

document.addEventListener("htmx:sendError", sayNothingCame);
document.addEventListener("htmx:timeout", sayNothingCame);
document.addEventListener("htmx:responseError", sayNothingCame);
document.addEventListener("htmx:afterSwap", () => document.getElementById("no-answer")?.setAttribute("hidden", ""));

// A session that ended sends the sign-in page; that is a page of its own, not a fragment of this one.
document.addEventListener("htmx:beforeSwap", (event) => {
  const address = event.detail.xhr.responseURL;
  if (address && new URL(address).pathname.startsWith("/accounts/")) {
    event.detail.shouldSwap = false;
    window.location.reload();
  }
});
