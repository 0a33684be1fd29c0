"""全部接口 (areas): every call of the API in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.feishu import auth, bot, stream
from sandbox.feishu.calls import Endpoint
from sandbox.feishu.chats import Chats
from sandbox.feishu.contact import Contact
from sandbox.feishu.members import Members

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


def endpoints(app: FeishuPlatform) -> list[Endpoint]:
    """Fixed paths stand before those with a parameter in the same place."""
    parts = (app.messages, app.presses, Members(app), Chats(app), Contact(app))
    return [
        *auth.endpoints(app),
        *stream.endpoints(app),
        *bot.endpoints(app),
        *(each for part in parts for each in part.endpoints()),
    ]
