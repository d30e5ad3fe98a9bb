"use strict";
// Opens the replays that the page holds, each when it is asked for; prints what is folded.

/** Adds a replay to its box. It is loaded when it is seen: out of sight a browser does not draw. */
function openReplay(box, button) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts");
  frame.setAttribute("allow", "fullscreen");
  frame.title = button.dataset.title;
  box.append(frame);
  const seen = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    seen.disconnect();
    frame.srcdoc = JSON.parse(document.getElementById(button.dataset.page).textContent);
  });
  seen.observe(frame);
  box.scrollIntoView({ block: "start" });
}

function labelled(button, open) {
  button.textContent = open ? "Close" : "Watch";
  button.setAttribute("aria-expanded", String(open));
}

for (const button of document.querySelectorAll("button[data-page]")) {
  const box = button.closest(".replay");
  const full = box.querySelector(".full");
  labelled(button, false);
  button.addEventListener("click", () => {
    const open = box.querySelector("iframe");
    if (open) open.remove();
    else openReplay(box, button);
    full.hidden = Boolean(open);
    labelled(button, !open);
  });
  full.addEventListener("click", () => box.querySelector("iframe").requestFullscreen());
}

const opened = [];
window.addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("details:not([open])")) {
    fold.open = true;
    opened.push(fold);
  }
});
window.addEventListener("afterprint", () => {
  for (const fold of opened.splice(0)) fold.open = false;
});
