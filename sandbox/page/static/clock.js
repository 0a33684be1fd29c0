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
    const walks = event.submitter?.value !== "jump";
    const target = moment(event.target.querySelector("input").value, walks);
    if (target) turn(target, walks);
    else toast("看不懂这一刻；可以写 9:00、9-10 9:00 或 2026-09-10 09:00", "warning");
  });
}

const HOUR_MS = 3600000;
const AHEAD_MS = 8 * HOUR_MS; // Asia/Shanghai, always
const local = (now) => new Date(new Date(now).getTime() + AHEAD_MS);
const written = (now) => local(now).toISOString().slice(0, 16).replace("T", " ");

function morning() {
  const day = local(shown.now);
  return new Date(Date.UTC(day.getUTCFullYear(), day.getUTCMonth(), day.getUTCDate() + 1, 9) - AHEAD_MS);
}

const WRITTEN = /^(?:(?:(\d{4})[-/.年])?(\d{1,2})[-/.月](\d{1,2})日?\s*)?(\d{1,2})[:：点时](\d{1,2})?分?$/;

// What was written, in the town's zone; a time alone is today's, or tomorrow's when it is to be walked to and is over.
function moment(text, walks) {
  const found = WRITTEN.exec(text.trim());
  if (!found) return null;
  const [year, month, day, hour, minute] = found.slice(1).map((each) => (each === undefined ? null : Number(each)));
  const today = local(shown.now);
  const at = new Date(Date.UTC(
    year ?? today.getUTCFullYear(), month === null ? today.getUTCMonth() : month - 1, day ?? today.getUTCDate(), hour, minute ?? 0,
  ));
  const isReal = hour < 24 && (minute ?? 0) < 60 && (day === null || at.getUTCDate() === day);
  if (!isReal) return null;
  if (day === null && walks && at <= today) at.setUTCDate(at.getUTCDate() + 1);
  return new Date(at.getTime() - AHEAD_MS);
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
    face.querySelector("#clock-to input").value = written(now);
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

function progress(clock) {
  const all = walk.target - walk.from;
  const done = all > 0 ? Math.min(1, Math.max(0, (new Date(clock.now) - walk.from) / all)) : 0;
  const { day, time } = words(walk.target);
  face.querySelector("progress").value = Math.round(done * 1000);
  set("walking", `正在走到 ${day} ${time.slice(0, 5)}${clock.busy ? `，在等：${why(clock.busy)}` : ""}`);
  set("mode", "正在走");
}
