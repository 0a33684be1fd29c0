// Choosing whom to be: a search over both platforms.

import { parse, part } from "./door.js";
import { morph } from "./morph.js";

const WAIT_MS = 120;

export function startSearch() {
  const input = document.getElementById("people-search");
  const list = document.getElementById("people-found");
  let timer = null;
  let asked = 0;
  const look = async () => {
    const number = ++asked;
    const html = await part("people", { q: input.value });
    if (html !== null && number === asked) morph(list, parse(html));
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    clearTimeout(timer);
    look().then(() => list.querySelector("a")?.click());
  });
}

export function startPeople() {
  const dialog = document.getElementById("people");
  startSearch();
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-open-people]")) return;
    dialog.showModal();
    document.getElementById("people-search").select();
  });
}
