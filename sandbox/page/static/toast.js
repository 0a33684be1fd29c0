// Short words that come and go (提示).

const SHOWN_MS = 4200;

export function toast(words, kind = "info") {
  const line = document.createElement("p");
  line.className = `toast ${["success", "error", "warning"].includes(kind) ? kind : "info"}`;
  line.textContent = words;
  const all = document.getElementById("toasts");
  if (!all) return;
  all.append(line);
  while (all.childElementCount > 4) all.firstElementChild.remove();
  setTimeout(() => line.remove(), SHOWN_MS);
}
