// Where I write: Enter sends, @ offers members, and when I may not speak it says why.

import { ask, complain, here, me, parse, part } from "./door.js";
import { refreshMessages } from "./messages.js";
import { toast } from "./toast.js";

const MOST_OFFERED = 30;
const drafts = new Map();
const MOST_BYTES = 20 * 1024 * 1024;
let members = null;
let chosen = 0;
let answered = null;

const by = (id) => document.getElementById(id);

export function startComposer() {
  const text = by("text");
  const chat = here();
  members = null;
  text.value = drafts.get(chat) ?? "";
  grow(text);
  text.addEventListener("input", () => {
    drafts.set(chat, text.value);
    grow(text);
    offer();
  });
  text.addEventListener("keydown", onKey);
  text.addEventListener("focus", () => chat === "bot" || everybody()); // so that the list is there when @ is typed
  text.addEventListener("blur", () => setTimeout(hide, 150));
  by("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  answered = null;
  by("reply-none").addEventListener("click", () => reply(null));
  by("clip").addEventListener("click", () => by("clip-file").click());
  by("clip-file").addEventListener("change", attach);
  by("at")?.addEventListener("click", () => {
    text.setRangeText(text.selectionStart && !/\s$/.test(before(text)) ? " @" : "@", text.selectionStart, text.selectionEnd, "end");
    text.focus();
    offer();
  });
  if (!text.disabled && matchMedia("(min-width: 700px)").matches) text.focus();
}

export async function refreshHeader() {
  const html = await part("header", { chat: here() });
  if (html === null) return location.assign(`/?${new URLSearchParams({ as: me.key })}`);
  members = null;
  const head = by("head");
  head.replaceChildren(parse(html));
  shut(by("may").dataset.refusal);
}

function shut(reason) {
  const name = by("head").querySelector("h2").firstChild.textContent;
  by("composer").classList.toggle("shut", Boolean(reason));
  by("refusal").textContent = reason;
  for (const each of by("composer").querySelectorAll("textarea, button")) each.disabled = Boolean(reason);
  by("text").placeholder = reason || `发消息给 ${name}`;
}

// What the next message answers; null for nothing.
export function reply(to) {
  answered = to;
  const bar = by("replying");
  bar.hidden = to === null;
  bar.querySelector("span").textContent = to ? `${to.inThread ? "以话题回复" : "回复"} ${to.name}` : "";
  by("text").focus();
}

const answering = () => (answered ? { reply_to: answered.id, ...(answered.inThread ? { in_thread: true } : {}) } : {});

// A picture or a file, as the platform of the tab calls it.
async function attach() {
  const [file] = by("clip-file").files;
  by("clip-file").value = "";
  if (!file) return;
  if (file.size > MOST_BYTES) return toast("文件超过 20 MB，平台不收", "warning");
  const picture = file.type.startsWith("image/");
  const data = btoa(Array.from(new Uint8Array(await file.arrayBuffer()), (each) => String.fromCharCode(each)).join(""));
  const named = me.platform === "feishu" ? { file_name: file.name } : { fileName: file.name };
  const kind = picture ? (me.platform === "feishu" ? "image" : "picture") : "file";
  await put({ kind, content: picture ? { data } : { ...named, data } });
}

// Say something of another kind here; true if it stands in the chat.
export async function put(what) {
  try {
    await ask("say", { platform: me.platform, person: me.id, to: here(), ...answering(), ...what });
  } catch (error) {
    complain(error);
    return false;
  }
  reply(null);
  const list = by("messages");
  await refreshMessages();
  list.scrollTop = list.scrollHeight;
  return true;
}

const grow = (text) => {
  text.rows = Math.min(8, Math.max(1, text.value.split("\n").length));
};

const before = (text) => text.value.slice(0, text.selectionStart);

function onKey(event) {
  if (event.isComposing) return;
  const open = !by("ats").hidden;
  if (open && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    mark(chosen + (event.key === "ArrowDown" ? 1 : -1));
  } else if (open && ["Enter", "Tab"].includes(event.key)) {
    event.preventDefault();
    by("ats").children[chosen]?.click();
  } else if (open && event.key === "Escape") hide();
  else if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send();
  }
}

async function send() {
  const field = by("text");
  const text = field.value;
  const chat = here();
  if (!text.trim() || field.disabled) return;
  const mentions = chat === "bot" ? [] : await mentioned(text);
  try {
    await ask("say", { platform: me.platform, person: me.id, to: chat, text, mentions, ...answering() });
  } catch (error) {
    by("composer").classList.add("refused");
    setTimeout(() => by("composer").classList.remove("refused"), 600);
    return complain(error);
  }
  reply(null);
  drafts.delete(chat);
  field.value = "";
  grow(field);
  const list = by("messages");
  await refreshMessages();
  list.scrollTop = list.scrollHeight;
}

// Everybody in the group, as the member list shows them, with 所有人 in front.
async function everybody() {
  if (members) return members;
  const html = await part("members", { chat: here() }, { quiet: true });
  if (html === null) return [];
  const listed = [...parse(html).querySelectorAll(".member")].map((item) => ({
    id: item.dataset.id,
    name: item.querySelector(".row-name").textContent,
    where: item.querySelector(".dim").textContent,
  }));
  members = [{ id: "all", name: "所有人", where: "" }, ...listed.filter((each) => each.id !== me.id)];
  return members;
}

const picked = new Map();

// Ids of those whose @name stands in the text; of namesakes the one that was picked.
async function mentioned(text) {
  if (!text.includes("@")) return [];
  const found = new Map();
  const names = (await everybody()).sort((a, b) => b.name.length - a.name.length);
  let rest = text;
  for (const each of names) {
    if (!rest.includes(`@${each.name}`)) continue;
    const same = names.filter((other) => other.name === each.name);
    const who = same.length > 1 ? picked.get(each.name) : each.id;
    if (who === undefined) toast(`群里有 ${same.length} 位“${each.name}”，这次没有 @ 到；从名单里选就不会弄错`, "warning");
    else found.set(each.name, who);
    rest = rest.replaceAll(`@${each.name}`, "");
  }
  return [...found.values()];
}

async function offer() {
  const text = by("text");
  const typed = /(?:^|[^A-Za-z0-9])@([^\s@]{0,20})$/.exec(before(text));
  if (!typed || here() === "bot") return hide();
  const found = (await everybody())
    .filter((each) => each.name.includes(typed[1]))
    .slice(0, MOST_OFFERED);
  const list = by("ats");
  list.replaceChildren(...found.map((each) => option(each, typed[1].length)));
  list.hidden = found.length === 0;
  mark(0);
}

function option(each, length) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "at-option";
  button.setAttribute("role", "option");
  const where = document.createElement("span");
  where.className = "dim";
  where.textContent = each.where;
  button.append(each.name, where);
  button.addEventListener("click", () => {
    const text = by("text");
    const end = text.selectionStart;
    picked.set(each.name, each.id);
    text.setRangeText(`${each.name} `, end - length, end, "end");
    drafts.set(here(), text.value);
    hide();
    text.focus();
  });
  return button;
}

function mark(index) {
  const options = [...by("ats").children];
  chosen = Math.max(0, Math.min(index, options.length - 1));
  options.forEach((each, at) => each.setAttribute("aria-selected", String(at === chosen)));
  options[chosen]?.scrollIntoView({ block: "nearest" });
}

const hide = () => {
  const list = by("ats");
  if (list) list.hidden = true;
};
