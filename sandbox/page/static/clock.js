// The town's clock: shown, walked with its progress to be seen, or jumped.

import { ask, complain, why } from "./door.js";
import { toast } from "./toast.js";

const face = document.getElementById("clock");
const set = (name, words) => (face.querySelector(`[data-${name}]`).textContent = words);
let shown = { now: face.dataset.now, standing: face.dataset.standing === "true" };
let walk = null;

const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: "Asia/Shanghai", month: "numeric", day: "numeric", weekday: "short", hour: "2-digit", minute: "2-digit",
  second: "2-digit", hourCycle: "h23",
});

function words(moment) {
  const got = Object.fromEntries(parts.formatToParts(moment).map((each) => [each.type, each.value]));
  return { day: `${got.month}月${got.day}日 ${got.weekday}`, time: `${got.hour}:${got.minute}:${got.second}` };
}

export function showClock(clock) {
  shown = clock;
  face.dataset.now = clock.now;
  draw(new Date(clock.now));
  if (walk) progress(clock);
  else if (clock.standing) set("mode", clock.busy ? why(clock.busy) : "时钟停着，等你来拨");
}

function draw(moment) {
  const { day, time } = words(moment);
  set("day", day);
  set("time", time);
}

export function startClock() {
  if (!shown.standing) {
    const ahead = new Date(shown.now) - Date.now();
    setInterval(() => draw(new Date(Date.now() + ahead)), 500);
    return;
  }
  face.addEventListener("click", (event) => {
    const by = event.target.closest("[data-advance]")?.dataset.advance;
    if (by) turn(by === "morning" ? morning() : new Date(new Date(shown.now).getTime() + (by === "1h" ? 60 : 10) * 60000), true);
  });
  document.getElementById("clock-to").addEventListener("submit", (event) => {
    event.preventDefault();
    turn(new Date(`${event.target.querySelector("input").value}:00+08:00`.replace(/(:\d\d:\d\d):00\+/, "$1+")), event.submitter?.value !== "jump");
  });
}

// 9:00 of the next day, or of today before nine, in the town's zone.
function morning() {
  const now = new Date(shown.now);
  const local = new Date(now.getTime() + 8 * 3600000);
  const nine = Date.UTC(local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate(), 1);
  return new Date(nine + 24 * 3600000);
}

async function turn(target, walks) {
  if (walk) return toast("时钟正在走，等它走到", "warning");
  walk = { from: new Date(shown.now), target };
  face.classList.add("is-walking");
  for (const each of face.querySelectorAll("button, input")) each.disabled = true;
  face.querySelector(".walking").hidden = false;
  progress(shown);
  try {
    const { now } = await ask("clock", { set: target.toISOString(), walk: walks });
    const { day, time } = words(new Date(now));
    showClock({ ...shown, now, busy: null });
    face.querySelector("#clock-to input").value = local(now);
    toast(`${walks ? "走到了" : "跳到了"} ${day} ${time.slice(0, 5)}`, "success");
  } catch (error) {
    complain(error);
  } finally {
    walk = null;
    face.classList.remove("is-walking");
    for (const each of face.querySelectorAll("button, input")) each.disabled = false;
    face.querySelector(".walking").hidden = true;
    showClock({ ...shown, busy: null });
  }
}

const local = (now) => new Date(new Date(now).getTime() + 8 * 3600000).toISOString().slice(0, 16);

function progress(clock) {
  const all = walk.target - walk.from;
  const done = all > 0 ? Math.min(1, Math.max(0, (new Date(clock.now) - walk.from) / all)) : 0;
  const { day, time } = words(walk.target);
  face.querySelector("progress").value = Math.round(done * 1000);
  set("walking", `正在走到 ${day} ${time.slice(0, 5)}${clock.busy ? `，在等：${why(clock.busy)}` : ""}`);
  set("mode", "正在走");
}
