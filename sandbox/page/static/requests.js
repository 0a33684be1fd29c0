// The live log of API calls, and what the robot saw of a message or a conversation. Also the tabs they live in.

import { here, parse, part } from "./door.js";
import { morph } from "./morph.js";

const KEPT = 200;
const list = document.getElementById("requests");
const filter = document.getElementById("requests-platform");
const tabs = [...document.querySelectorAll("[data-tab]")];
let about = null;
let busy = false;
let again = false;

export async function refreshRequests() {
  again = true;
  if (busy) return;
  busy = true;
  while (again) {
    again = false;
    const since = list.lastElementChild?.dataset.call ?? "0";
    const html = await part("requests", { since, platform: filter.value }, { quiet: true });
    if (html === null) break;
    append(parse(html));
    if (isOpen("robot")) await drawRobot();
  }
  busy = false;
}

function append(content) {
  const last = Number(list.lastElementChild?.dataset.call ?? 0);
  const box = list.closest(".tools");
  const stay = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  for (const item of [...content.children]) if (Number(item.dataset.call) > last) list.append(item);
  while (list.childElementCount > KEPT) list.firstElementChild.remove();
  document.getElementById("requests-none").hidden = list.childElementCount > 0;
  if (stay && isOpen("requests")) box.scrollTop = box.scrollHeight;
}

const isOpen = (name) => !document.getElementById(`panel-${name}`).hidden;

export function openTab(name) {
  for (const tab of tabs) {
    const chosen = tab.dataset.tab === name;
    tab.setAttribute("aria-selected", String(chosen));
    tab.tabIndex = chosen ? 0 : -1;
    document.getElementById(`panel-${tab.dataset.tab}`).hidden = !chosen;
  }
  if (name === "robot" && about === null) showRobot("");
}

// ``id``: a message of this conversation, or "" for all of the conversation.
export async function showRobot(id) {
  about = { chat: here(), id };
  openTab("robot");
  document.body.dataset.pane = "tools";
  await drawRobot();
}

export async function refreshRobot() {
  if (isOpen("robot")) await drawRobot();
}

async function drawRobot() {
  const chat = here();
  if (about === null || about.chat !== chat) about = { chat, id: "" };
  const html = await part("robot", { chat, ...(about.id && { id: about.id }) });
  if (html === null) return;
  const open = [...document.querySelectorAll("#robot [data-call] details[open]")].map((each) => each.parentElement.dataset.call);
  document.getElementById("robot").replaceChildren(parse(html));
  for (const call of open) document.querySelector(`#robot [data-call="${call}"] details`)?.setAttribute("open", "");
}

export function startRequests() {
  for (const tab of tabs) {
    tab.addEventListener("click", () => (tab.dataset.tab === "robot" ? showRobot("") : openTab(tab.dataset.tab)));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
      next.click();
      next.focus();
    });
  }
  filter.addEventListener("change", async () => {
    const html = await part("requests", { platform: filter.value });
    if (html === null) return;
    morph(list, parse(html));
    document.getElementById("requests-none").hidden = list.childElementCount > 0;
  });
}
