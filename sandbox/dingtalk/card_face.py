"""The face of a card (卡面): what a person sees of the variables of our one template."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

BODIES = ("body1", "body2", "body3", "body4")
BUTTONS = ("b1", "b2", "b3", "b4", "b5", "b6")
PARAMETER = "id"
"""The name under which a button of the template sends its id back."""
_AT = re.compile(r"<a\s+atId=[\"']?([^\"'>\s]+)[\"']?\s*>([^<]*)</a>")


def mentioned(values: Mapping[str, str], at: Collection[str]) -> list[str]:
    """Who is mentioned inside the values: named in ``cardAtUserIds`` and by a tag. D/faq-card (read 2026-11)."""
    found = (tag[1] for value in values.values() for tag in _AT.finditer(value))
    return list(dict.fromkeys(each for each in found if each in at))


def _without_tags(text: str, at: Collection[str]) -> str:
    return _AT.sub(lambda tag: ("@" if tag[1] in at else "") + tag[2], text)


def face(values: Mapping[str, str], at: Collection[str] = ()) -> dict[str, Any]:
    """Title, body, hint, state and buttons; ``text`` is title and body, one line each, mentions as people read them."""
    title, body = values.get("title", ""), "".join(values.get(name, "") for name in BODIES)
    return {
        "title": title,
        "body": body,
        "hint": values.get("hint", ""),
        "state": values.get("state", ""),
        "buttons": [{"action": action, "text": text} for _, action, text in buttons(values)],
        "text": _without_tags("\n".join(part for part in (title, body) if part), at),
    }


def buttons(values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Component, action id and label of the buttons that are shown."""
    return [
        (name, values.get(f"{name}_id", ""), values.get(f"{name}_text", ""))
        for name in BUTTONS
        if values.get(f"{name}_show") == "true"
    ]
