
const box = document.getElementById("filter");
const rows = Array.from(document.getElementById("rows").rows);
const show = () => {
  const wanted = box.value.trim().toLowerCase();
  let shown = 0;
  for (const row of rows) {
    row.hidden = !row.cells[0].textContent.toLowerCase().includes(wanted);
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = shown + " of " + rows.length;
};
box.addEventListener("input", show);
document.getElementById("filter-box").hidden = false;
show();
