// What I do with a message beside reading it, with approvals, and with a group's own robot.

import { reply } from "./composer.js";
import { ask, complain, here, me, parse, part } from "./door.js";
import { refreshMessages } from "./messages.js";
import { toast } from "./toast.js";

const sheet = () => document.getElementById("sheet");

const DONE = { recall: "撤回了", pin: "Pin 上了", unpin: "取消了", top: "置顶了", untop: "取消了", forward: "转发了", urge: "叫到了", react: "回应了" };

async function act(kind, { message, chatOf, name, unread }) {
  sheet().close();
  if (kind === "reply" || kind === "reply-in-thread") return reply({ id: message, name, inThread: kind !== "reply" });
  const to = kind === "forward" ? prompt("转发到哪个群？写群名；写 bot 是和机器人单聊", "")?.trim() : "";
  if (kind === "forward" && !to) return;
  const on = { platform: me.platform, person: me.id };
  const calls = {
    recall: ["recall", { message_id: message }],
    react: ["react", { message_id: message, emoji: "DONE" }],
    pin: ["pin", { message_id: message }],
    unpin: ["pin", { message_id: message, remove: true }],
    top: ["top", { chat: chatOf, message_id: message }],
    untop: ["top", { chat: chatOf }],
    forward: ["forward", { message_id: message, to }],
    urge: ["urge", { message_id: message, people: unread.split(" ").filter((each) => each && each !== me.id) }],
  };
  const [door, body] = calls[kind];
  try {
    await ask(door, { ...on, ...body });
    toast(DONE[kind], "success");
    await refreshMessages();
  } catch (error) {
    complain(error);
  }
}

async function approvals() {
  const html = await part("approvals");
  if (html !== null) document.getElementById("approvals").replaceChildren(parse(html));
}

async function approve(button) {
  const { instance, approve: verdict } = button.dataset;
  try {
    await ask("approve", { platform: me.platform, person: me.id, instance, verdict });
    toast(verdict === "agree" ? "同意了" : "拒绝了", "success");
  } catch (error) {
    complain(error);
  }
  await approvals();
}

async function addHook() {
  try {
    const settings = await (await fetch("/_sandbox/settings")).json();
    await ask("settings", { "dingtalk.custom_robots": { ...settings["dingtalk.custom_robots"], [here()]: {} } });
    const html = await part("members", { chat: here() });
    if (html !== null) document.getElementById("sheet-body").replaceChildren(parse(html));
  } catch (error) {
    complain(error);
  }
}

export function startActs() {
  document.addEventListener("click", async (event) => {
    const open = event.target.closest("[data-acts]");
    const chosen = event.target.closest("[data-act]");
    const verdict = event.target.closest("[data-approve]");
    if (open) {
      const html = await part("acts", { id: open.closest("li[data-id]").dataset.id });
      if (html === null) return;
      document.getElementById("sheet-body").replaceChildren(parse(html));
      sheet().showModal();
    } else if (chosen) act(chosen.dataset.act, chosen.parentElement.dataset);
    else if (verdict) approve(verdict);
    else if (event.target.closest("[data-show-approvals]")) approvals();
    else if (event.target.closest("[data-add-hook]")) addHook();
  });
}
