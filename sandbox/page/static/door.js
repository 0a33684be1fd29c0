// The door to the town: the control door for what people do, /page/… for how it looks.

import { toast } from "./toast.js";

export const me = {
  key: document.body.dataset.as || "",
  platform: document.body.dataset.platform || "",
  id: document.body.dataset.person || "",
  name: document.body.dataset.name || "",
};

export const here = () => document.body.dataset.chat;

export class Refused extends Error {}

// Ask the control door; throws Refused with a Chinese sentence.
export async function ask(path, body) {
  let answer, said;
  try {
    answer = await fetch(`/_sandbox/${path}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    said = await answer.json();
  } catch {
    throw new Refused("连不上小镇，它可能停了");
  }
  if (!answer.ok) throw new Refused(inChinese(answer.status, String(said.error ?? "")));
  return said;
}

// A part of the page for me, as HTML that the server escaped; null if it is gone (the reason is shown).
export async function part(name, query = {}, { quiet = false } = {}) {
  const address = `/page/${name}?${new URLSearchParams({ as: me.key, ...query })}`;
  try {
    const answer = await fetch(address);
    const html = await answer.text();
    if (answer.ok) return html;
    if (!quiet) toast(parse(html).textContent.trim() || "这里什么都没有", "error");
  } catch {
    if (!quiet) toast("连不上小镇，它可能停了", "error");
  }
  return null;
}

export const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
};

export const complain = (error) => {
  if (!(error instanceof Refused)) throw error;
  toast(error.message, "error");
};

// What the town says in English, for those who turn it by hand.
const WORDS = [
  [/^there is no card to press$/, "这里没有可以按的卡片"],
  [/^.* does not see this (card|message)$/, "这条消息你看不到"],
  [/^the card is too old to be pressed$/, "卡片太旧，平台不再让按"],
  [/^no such button.*$/, "卡片上已经没有这个按钮"],
  [/^(.+) must be filled in$/, "“$1”还没有填"],
  [/^(.+) is longer than (\d+)$/, "“$1”最多 $2 个字"],
  [/^(.+) offers .*$/, "“$1”里没有这个选项"],
  [/^silent for 10 s, the clock stands: (.*)$/, "$1 已经 10 秒没有动静，时钟停在这里等它"],
  [/^the clock stands, nothing moves: (.*)$/, "时钟停在这里，什么都不动了：$1"],
  [/^it is .* already; back only with walk=false$/, "这一刻已经过去了；要往回，用〔直接跳〕"],
  [/^this town lives in real time.*$/, "这个小镇用的是真实时间，拨不动"],
  [/(\S+) has not looked yet$/, "$1 还没看过这一刻"],
  [/(\S+) is at work$/, "$1 正在干活"],
  [/(\d+) frames are not acknowledged$/, "有 $1 帧还没有回执"],
  [/(\d+) requests are being answered$/, "有 $1 个调用正在回答"],
  [/a timer of the town is still at work$/, "小镇自己的一件事还没做完"],
];

export const why = (reason) => WORDS.reduce((text, [from, to]) => text.replace(from, to), reason);

function inChinese(status, reason) {
  const said = why(reason);
  if (said !== reason) return said;
  if (status === 403) return /[\u4e00-\u9fff]/.test(reason) ? reason : `平台不让这么做：${reason}`;
  if (status === 404) return `找不到：${reason}`;
  return status >= 500 ? `小镇自己出错了：${reason}` : `小镇没有听懂：${reason}`;
}
