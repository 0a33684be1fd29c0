// Draw a list anew, touching only the items that changed, so that what is being typed or read stays put.

const drawn = new WeakMap();

export function morph(list, content) {
  const old = new Map([...list.children].map((item) => [item.dataset.key, item]));
  const wanted = [...content.children];
  let changed = false;
  let after = null;
  for (const item of wanted) {
    const html = item.outerHTML;
    const known = old.get(item.dataset.key);
    let placed = known;
    if (!known || (drawn.get(known) ?? known.outerHTML) !== html) {
      placed = item;
      drawn.set(item, html);
      changed = true;
      if (known) {
        keepTyped(known, item);
        known.replaceWith(item);
      }
    } else if (!drawn.has(known)) drawn.set(known, html);
    old.delete(item.dataset.key);
    const next = after ? after.nextElementSibling : list.firstElementChild;
    if (next !== placed) list.insertBefore(placed, next);
    after = placed;
  }
  for (const gone of old.values()) {
    gone.remove();
    changed = true;
  }
  return changed;
}

// Remember how the server drew the items of a list before anything is typed into them.
export function remember(list) {
  for (const item of list.children) if (!drawn.has(item)) drawn.set(item, item.outerHTML);
}

function keepTyped(from, to) {
  const fields = (item) => [...item.querySelectorAll("input, textarea, select")];
  const typed = fields(from);
  fields(to).forEach((field, index) => {
    const before = typed[index];
    if (!before || before.name !== field.name || before.type !== field.type) return;
    if (field.type === "checkbox") {
      if (before.checked !== before.defaultChecked) field.checked = before.checked;
    } else if (field.tagName === "SELECT" || before.value !== before.defaultValue) field.value = before.value;
  });
  if (from.querySelector("details[open]")) to.querySelector("details")?.setAttribute("open", "");
}
