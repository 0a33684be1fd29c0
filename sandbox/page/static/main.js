// The chat page: who I am, where I am, and what is fetched again when the town says that it changed.

import { startActs } from "./acts.js";
import { startCards } from "./cards.js";
import { showClock, startClock } from "./clock.js";
import { refreshHeader, startComposer } from "./composer.js";
import { here, me, parse, part } from "./door.js";
import { refreshFaults, startFaults } from "./faults.js";
import { listen } from "./live.js";
import { refreshMessages, startMessages, toEnd } from "./messages.js";
import { morph, remember } from "./morph.js";
import { startPeople } from "./people.js";
import { refreshRequests, refreshRobot, startRequests } from "./requests.js";
import { startTown } from "./town.js";

const chats = document.getElementById("chats");

export async function refreshChats() {
  const html = await part("chats", { chat: here() }, { quiet: true });
  if (html === null) return;
  morph(chats, parse(html));
  const unread = [...chats.querySelectorAll(".unread")].length;
  const name = document.title.replace(/^\(\d+\) /, "");
  document.title = unread ? `(${unread}) ${name}` : name;
}

const pane = (name) => (document.body.dataset.pane = name);

async function go(chat, { push = true } = {}) {
  if (chat !== here()) {
    const html = await part("talk", { chat });
    if (html === null) return;
    document.body.dataset.chat = chat;
    const talk = document.getElementById("talk");
    talk.replaceChildren(parse(html));
    if (push) history.pushState({ chat }, "", `/?${new URLSearchParams({ as: me.key, chat })}`);
    enter();
  }
  const wasOpen = document.getElementById("messages").offsetParent !== null;
  pane("talk");
  if (!wasOpen) toEnd();
  await refreshChats();
}

function enter() {
  startComposer();
  startMessages();
}

document.addEventListener("click", (event) => {
  const row = event.target.closest("a[data-chat]");
  const to = event.target.closest("[data-pane-to]");
  const plain = !(event.metaKey || event.ctrlKey || event.shiftKey || event.button);
  if (row && plain) {
    event.preventDefault();
    go(row.dataset.chat);
  } else if (to) {
    event.preventDefault();
    pane(to.dataset.paneTo);
  } else if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  else if (event.target.tagName === "DIALOG") event.target.close();
});

addEventListener("popstate", () => go(new URLSearchParams(location.search).get("chat") || "bot", { push: false }));

listen((news) => {
  if (news.reset) return location.reload();
  if (news.clock) showClock(news.clock);
  if (news.again || news.groups || news.talks?.includes(here())) refreshMessages();
  if (news.again || news.groups) refreshHeader();
  if (news.again || news.groups || news.talks) refreshChats();
  if (news.again || news.requests) refreshRequests();
  else if (news.frames) refreshRobot();
  if (news.again || news.faults) refreshFaults();
});

remember(chats);
enter();
startActs();
startCards();
startClock();
startFaults();
startRequests();
startPeople();
startTown();
