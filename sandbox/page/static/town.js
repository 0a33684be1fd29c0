// What administrators and owners do by hand, and the settings: forms that speak to the control door.

import { sure } from "./cards.js";
import { put } from "./composer.js";
import { ask, complain, here, me } from "./door.js";
import { toast } from "./toast.js";

const split = (text) => text.split(/[、,，;；\s]+/).filter(Boolean);

// The filled-in fields of a form as the control door takes them.
function body(form, button) {
  const said = { platform: me.platform };
  if ("chatHere" in form.dataset) said.chat = here();
  if ("meHere" in form.dataset) said.person = me.id;
  for (const field of form.elements) {
    if (!field.name) continue;
    if (field.type === "checkbox") said[field.name] = field.checked;
    else if (field.value.trim()) said[field.name] = "list" in field.dataset ? split(field.value) : field.value.trim();
  }
  return { ...said, ...JSON.parse(button?.dataset.also ?? "{}") };
}

async function submit(form, button) {
  if ("chatHere" in form.dataset && here() === "bot") return toast("眼前是和驿站的单聊，先打开一个群", "warning");
  if (button?.dataset.sure && !(await sure(button.dataset.sure))) return;
  const said = body(form, button);
  try {
    await ask(form.dataset.door, said);
    toast((button?.dataset.done ?? form.dataset.done).replace(/\{(\w+)\}/, (_, key) => said[key]), "success");
    form.reset();
  } catch (error) {
    complain(error);
  }
}

// A message of another kind: its content begins as an example.
function special() {
  const form = document.getElementById("special");
  const { kind, content } = form.elements;
  kind.addEventListener("change", () => (content.value = kind.selectedOptions[0].dataset.content));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const what = { kind: kind.value, content: JSON.parse(content.value) };
      if (await put(what)) toast(`${kind.selectedOptions[0].textContent}发出去了`, "success");
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      toast("这不是 JSON", "warning");
    }
  });
}

async function settings() {
  const form = document.getElementById("settings");
  const { key, value } = form.elements;
  const show = async () => (value.value = JSON.stringify((await (await fetch("/_sandbox/settings")).json())[key.value]));
  key.addEventListener("change", show);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await ask("settings", { [key.value]: JSON.parse(value.value) });
      toast(`${key.value} 设好了`, "success");
    } catch (error) {
      if (error instanceof SyntaxError) toast("这不是 JSON", "warning");
      else complain(error);
    }
    show();
  });
  await show();
}

export function startTown() {
  for (const form of document.querySelectorAll("form[data-door]"))
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      submit(form, event.submitter);
    });
  special();
  document.querySelector("[data-reset]").addEventListener("click", async () => {
    if (await sure("人、群、消息、设定都回到最初？")) ask("reset", {}).catch(complain);
  });
  document.getElementById("tab-town").addEventListener("click", settings, { once: true });
}
