"""提及 (mentions): who is mentioned in a message, by ids of whichever kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.feishu.errors import ApiError
from sandbox.model import ALL, BOT

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

AT = re.compile(r"<at\s+user_id\s*=\s*[\"']?([^\"'>\s]*)[\"']?\s*>(.*?)</at>", re.DOTALL)


def bad(why: str) -> ApiError:
    """The parameter is invalid; ``why`` stands behind it."""
    return ApiError(230001, why)


class Mentions:
    """Numbers the people mentioned in one message: ``@_user_1``, ``@_user_2`` …"""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self.found: list[dict[str, str]] = []

    def add(self, who: str, shown: str = "") -> tuple[str, str]:
        """The key and the name; an id nobody has stays plain text and mentions nobody."""
        if who == "all":
            if not any(each["who"] == ALL for each in self.found):
                self.found.append({"key": "@_all", "who": ALL, "name": "所有人"})
            return "@_all", "所有人"
        person = self._app.ids.any(who)
        is_bot = who == self._app.ids.bot
        if person is None and not is_bot:
            return f"@{shown or who}", shown or who
        target, name = (BOT, "驿站") if is_bot or person is None else (person.id, person.name)
        known = next((each for each in self.found if each["who"] == target), None)
        if known is None:
            number = sum(each["who"] != ALL for each in self.found) + 1
            known = {"key": f"@_user_{number}", "who": target, "name": name}
            self.found.append(known)
        return known["key"], name
