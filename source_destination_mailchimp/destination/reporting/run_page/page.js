"use strict";
(() => {
  const table = document.getElementById("records");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, text: row.textContent.toLowerCase(), reason: row.cells[2].textContent }));
  const search = document.getElementById("search");
  const reason = document.getElementById("reason");
  const matches = document.getElementById("matches");
  for (const name of [...new Set(rows.map((one) => one.reason))].sort()) reason.add(new Option(name, name));
  const show = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const one of rows) {
      const fits = (!reason.value || one.reason === reason.value) && words.every((word) => one.text.includes(word));
      one.row.hidden = !fits;
      if (fits) shown += 1;
    }
    matches.textContent = `${shown.toLocaleString("en")} of ${rows.length.toLocaleString("en")} shown`;
  };
  const sort = (column, heading) => {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const order = new Intl.Collator("en", { numeric: true });
    rows.sort((one, two) => order.compare(one.row.cells[column].textContent, two.row.cells[column].textContent) * (falling ? -1 : 1));
    body.append(...rows.map((one) => one.row));
  };
  Array.from(table.tHead.rows[0].cells).forEach((heading, column) => {
    const button = document.createElement("button");
    button.textContent = heading.textContent;
    button.addEventListener("click", () => sort(column, heading));
    heading.replaceChildren(button);
  });
  search.addEventListener("input", show);
  reason.addEventListener("change", show);
  document.querySelector(".controls").hidden = false;
  show();
})();
