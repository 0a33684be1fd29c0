"""The face of a card (卡面): what a person sees of the variables of our one template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BODIES = ("body1", "body2", "body3", "body4")
BUTTONS = ("b1", "b2", "b3", "b4", "b5", "b6")
PARAMETER = "id"
"""The name under which a button of the template sends its id back."""


def face(values: Mapping[str, str]) -> dict[str, Any]:
    """Title, body, hint, state and buttons; ``text`` is title and body, one line each."""
    title, body = values.get("title", ""), "".join(values.get(name, "") for name in BODIES)
    return {
        "title": title,
        "body": body,
        "hint": values.get("hint", ""),
        "state": values.get("state", ""),
        "buttons": [{"action": action, "text": text} for _, action, text in buttons(values)],
        "text": "\n".join(part for part in (title, body) if part),
    }


def buttons(values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Component, action id and label of the buttons that are shown."""
    return [
        (name, values.get(f"{name}_id", ""), values.get(f"{name}_text", ""))
        for name in BUTTONS
        if values.get(f"{name}_show") == "true"
    ]
