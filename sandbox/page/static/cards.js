// Pressing what is on a card, and showing what the presser then sees.

import { ask, complain, me } from "./door.js";
import { refreshMessages } from "./messages.js";
import { toast } from "./toast.js";

export function startCards() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".card button[data-action]");
    if (button && button.type !== "submit") press(button, outside(button));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".card-form");
    if (!form) return;
    event.preventDefault();
    const many = [...form.querySelectorAll("fieldset[data-required]")].find((set) => !set.querySelector(":checked"));
    if (many) return toast(`还没有选：${many.querySelector("legend").textContent.replace("*", "")}`, "warning");
    if (event.submitter?.dataset.action !== undefined) press(event.submitter, filled(form));
  });
  document.addEventListener("change", (event) => {
    const set = event.target.closest(".card fieldset[data-action]");
    const field = set ?? event.target;
    if (!field.closest(".card") || field.closest(".card-form") || field.dataset.action === undefined) return;
    press(field, alone(field));
  });
}

// The one value of something outside a form, under the name that its kind has.
function alone(field) {
  if (field.tagName === "FIELDSET") return { options: [...field.querySelectorAll(":checked")].map((each) => each.value) };
  if (field.type === "checkbox") return { checked: field.checked };
  return { [field.type === "text" || field.type === "password" ? "input_value" : "option"]: said(field) };
}

// What stands in inputs beside a button that is in no form.
function outside(button) {
  const values = {};
  if (button.closest(".card-form")) return filled(button.closest(".card-form"));
  for (const field of button.closest(".card").querySelectorAll("input, textarea, select")) {
    if (!field.closest(".card-form") && field.name) put(values, field);
  }
  return values;
}

function filled(form) {
  const values = {};
  for (const set of form.querySelectorAll("fieldset[data-many]")) values[set.dataset.many] = [];
  for (const field of form.querySelectorAll("input, textarea, select")) if (field.name) put(values, field);
  return values;
}

// Dates and times carry their zone, as the client sends them; what was left open is not sent.
const ZONED = new Set(["date", "time", "datetime-local"]);

const said = (field) => (ZONED.has(field.type) && field.value ? `${field.value.replace("T", " ")} +0800` : field.value);

function put(values, field) {
  if (field.closest("fieldset[data-many]")) {
    values[field.name] ??= [];
    if (field.checked) values[field.name].push(field.value);
  } else if (field.type === "checkbox") values[field.name] = field.checked;
  else if (field.value || (field.tagName !== "SELECT" && !ZONED.has(field.type))) values[field.name] = said(field);
}

async function press(button, values) {
  const words = button.dataset.confirm;
  if (words && !(await sure(words))) return;
  const item = button.closest("li[data-id]");
  const body = { platform: me.platform, person: me.id, message_id: item.dataset.id, action: button.dataset.action };
  if (Object.keys(values).length) body.values = values;
  button.classList.add("pressed");
  button.disabled = true;
  try {
    tell(await ask("press", body));
  } catch (error) {
    complain(error);
  } finally {
    button.classList.remove("pressed");
    button.disabled = false;
    refreshMessages();
  }
}

function tell(seen) {
  const said = seen.toast;
  if (typeof said === "string" && said) toast(said);
  else if (said?.content) toast(String(said.content), said.type);
}

export function sure(words) {
  const dialog = document.getElementById("ask");
  document.getElementById("ask-words").textContent = words;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((decide) => {
    const answer = (event) => {
      if (event.target.value) dialog.close(event.target.value);
    };
    dialog.addEventListener("click", answer);
    dialog.addEventListener("close", () => {
      dialog.removeEventListener("click", answer);
      decide(dialog.returnValue === "yes");
    }, { once: true });
  });
}
