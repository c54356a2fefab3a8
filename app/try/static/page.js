"use strict";
// The page works without this script. It tells that an answer is awaited, takes
// dropped files, and shows the times of thumbnails once they are there.

const waiting = document.getElementById("waiting");
let late = 0;

function wait() {
  clearTimeout(late);
  late = setTimeout(() => { waiting.hidden = false; }, 400);
}

addEventListener("pageshow", () => {
  clearTimeout(late);
  waiting.hidden = true;
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && !link.target && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    if ("quiet" in link.dataset) {
      for (const later of [800, 3000, 10000]) setTimeout(refresh, later);
    } else {
      wait();
    }
  }
});
document.addEventListener("submit", wait);

// Steps that happen beside the page: thumbnails, downloads, links in other tabs.
async function refresh() {
  const now = document.getElementById("steps");
  const open = new Set([...now.querySelectorAll("details[open]")].map((d) => d.id));
  const held = now.contains(document.activeElement) ? document.activeElement.closest("details").id : "";
  const answer = await fetch("steps");
  if (!answer.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("steps");
  for (const d of next.querySelectorAll("details")) d.open = open.has(d.id);
  now.replaceWith(next);
  if (held) document.getElementById(held)?.querySelector("summary").focus();
}

let soon = 0;
function refreshSoon() {
  clearTimeout(soon);
  soon = setTimeout(refresh, 250);
}
for (const image of document.querySelectorAll("img[data-thumbnail]")) {
  image.addEventListener("load", refreshSoon);
  image.addEventListener("error", refreshSoon);
}
addEventListener("focus", refreshSoon);

const send = document.getElementById("send");
if (send) {
  const file = document.getElementById("file");
  file.addEventListener("change", () => send.requestSubmit());
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) {
      file.files = event.dataTransfer.files;
      send.requestSubmit();
    }
  });
}
