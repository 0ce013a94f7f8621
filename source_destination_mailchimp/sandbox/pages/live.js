// Adds the calls that ended since the last look to the top of the table, once a second while the page can be seen.
"use strict";
const table = document.querySelector("tbody[data-seen]");
const state = document.querySelector("#live");

async function look() {
  if (document.hidden) return;
  try {
    const answer = await fetch(`/calls/newer?after=${table.dataset.seen}`);
    if (!answer.ok) throw new Error(String(answer.status));
    const found = await answer.json();
    table.dataset.seen = found.seen;
    table.insertAdjacentHTML("afterbegin", found.rows); // escaped by the server, like the rest of the page
    while (table.rows.length > Number(table.dataset.rows)) table.deleteRow(-1);
    state.textContent = "live";
    state.className = "badge subscribed";
  } catch {
    state.textContent = "the sandbox does not answer";
    state.className = "badge cleaned";
  }
}

if (table) {
  state.hidden = false;
  setInterval(look, 1000);
  document.addEventListener("visibilitychange", look);
}
