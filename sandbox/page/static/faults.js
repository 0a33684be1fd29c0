// Faults: ordered by a button, listed while in force, cleared one by one or all.

import { ask, complain, parse, part } from "./door.js";
import { morph } from "./morph.js";
import { toast } from "./toast.js";

const list = document.getElementById("faults");

export async function refreshFaults() {
  const html = await part("faults", {}, { quiet: true });
  if (html === null) return;
  morph(list, parse(html));
  const count = list.querySelectorAll(".fault").length;
  const dot = document.querySelector("[data-fault-count]");
  dot.textContent = count;
  dot.hidden = count === 0;
}

const current = async () => (await fetch("/_sandbox/faults")).json();

async function replace(change) {
  try {
    await ask("faults", change(await current()));
  } catch (error) {
    complain(error);
  }
  refreshFaults();
}

export function startFaults() {
  const order = document.getElementById("fault-order");
  order.addEventListener("submit", (event) => event.preventDefault());
  order.addEventListener("click", (event) => {
    const button = event.target.closest("[data-line-fault], [data-call-fault]");
    if (!button) return;
    const platform = order.elements.platform.value;
    const times = Number(order.elements.times.value);
    const path = order.elements.path.value.trim();
    const { lineFault, callFault } = button.dataset;
    const fault = lineFault
      ? { stream: platform, kind: lineFault, times }
      : { match: { platform, ...(path && { path }) }, kind: callFault, times };
    replace((all) => [...all, fault]);
    toast(`${button.textContent}：${button.title}`, "warning");
  });
  document.addEventListener("click", (event) => {
    const one = event.target.closest("[data-unfault]");
    if (one) replace((all) => all.filter((_, index) => index !== Number(one.dataset.unfault)));
    if (event.target.closest("[data-clear-faults]")) replace(() => []);
  });
}
