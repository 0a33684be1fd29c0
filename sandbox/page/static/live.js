// News from the town by server-sent events; after a break everything is looked at again.

import { me } from "./door.js";

export function listen(tell) {
  const offline = document.getElementById("offline");
  const source = new EventSource(`/page/events?${new URLSearchParams({ as: me.key })}`);
  let broken = false;
  source.onmessage = (event) => tell(JSON.parse(event.data));
  source.onopen = () => {
    offline.hidden = true;
    document.body.dataset.live = "yes";
    if (broken) tell({ again: true });
    broken = false;
  };
  source.onerror = () => {
    broken = true;
    offline.hidden = false;
    delete document.body.dataset.live;
  };
  addEventListener("pagehide", () => source.close());
}
