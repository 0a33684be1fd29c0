// The messages of the conversation: drawn again when they change, scrolled like a chat, marked as read when seen.

import { ask, here, me, parse, part, Refused } from "./door.js";
import { morph, remember } from "./morph.js";
import { showRobot } from "./requests.js";

const list = () => document.getElementById("messages");
const below = () => document.getElementById("below");
const NEAR_PX = 120;
const MORE = 60;

let shown = MORE;
let queued = null;
let again = false;

export function startMessages() {
  shown = MORE;
  remember(list());
  list().addEventListener("scroll", () => isNearEnd() && (below().hidden = true), { passive: true });
  below().addEventListener("click", toEnd);
  toEnd();
  readAll();
}

const isNearEnd = () => list().scrollHeight - list().scrollTop - list().clientHeight < NEAR_PX;
export const toEnd = () => (list().scrollTop = list().scrollHeight);

// One fetch at a time; what happens meanwhile asks for one more.
export function refreshMessages() {
  again = true;
  queued ??= loop().finally(() => (queued = null));
  return queued;
}

async function loop() {
  while (again) {
    again = false;
    const chat = here();
    const html = await part("messages", { chat, shown }, { quiet: true });
    if (html === null || chat !== here()) continue;
    const stay = isNearEnd();
    const last = list().lastElementChild?.dataset.key;
    morph(list(), parse(html));
    if (stay) toEnd();
    else if (list().lastElementChild?.dataset.key !== last) below().hidden = false;
    readAll();
  }
}

let reading = false;

async function readAll() {
  if (reading || document.hidden) return;
  reading = true;
  try {
    for (;;) {
      const unread = list().querySelector("li[data-unread]:not([data-reading])");
      if (!unread || document.hidden || !isOpen()) return;
      unread.dataset.reading = "";
      await ask("read", { platform: me.platform, person: me.id, message_id: unread.dataset.id });
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
  } finally {
    reading = false;
  }
}

// On a phone the conversation may be behind the list.
const isOpen = () => list().offsetParent !== null;
document.addEventListener("visibilitychange", readAll);
new MutationObserver(() => {
  if (isOpen() && list().querySelector("li[data-unread]")) toEnd();
  readAll();
}).observe(document.body, { attributeFilter: ["data-pane"] });

document.addEventListener("click", async (event) => {
  const item = event.target.closest("li[data-id]");
  if (event.target.closest("[data-older]")) {
    const before = list().scrollHeight;
    shown += MORE * 2;
    await refreshMessages();
    list().scrollTop += list().scrollHeight - before;
  } else if (event.target.closest("[data-readers]")) sheet(await part("readers", { id: item.dataset.id }));
  else if (event.target.closest("[data-members]")) sheet(await part("members", { chat: here() }));
  else if (event.target.closest("[data-robot]")) showRobot(item.dataset.id);
  else if (event.target.closest("[data-robot-chat]")) showRobot("");
});

function sheet(html) {
  if (html === null) return;
  document.getElementById("sheet-body").replaceChildren(parse(html));
  document.getElementById("sheet").showModal();
}
