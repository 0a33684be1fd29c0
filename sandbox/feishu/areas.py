"""全部接口 (areas): every call of the API in one list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.feishu import auth, bot, stream
from sandbox.feishu.announcements import Announcements
from sandbox.feishu.approval import Approval
from sandbox.feishu.batches import Batches
from sandbox.feishu.calendar import Calendar
from sandbox.feishu.calls import Endpoint
from sandbox.feishu.card_batches import CardBatches
from sandbox.feishu.card_elements import CardElements
from sandbox.feishu.cardkit import CardKit
from sandbox.feishu.chats import Chats
from sandbox.feishu.contact import Contact
from sandbox.feishu.drive import Drive
from sandbox.feishu.drive_parts import DriveParts
from sandbox.feishu.files import Files
from sandbox.feishu.forward_calls import ForwardCalls
from sandbox.feishu.group_bar import GroupBar
from sandbox.feishu.members import Members
from sandbox.feishu.oauth import Login
from sandbox.feishu.reading import Reading
from sandbox.feishu.wiki import Wiki

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform


def endpoints(app: FeishuPlatform) -> list[Endpoint]:
    """Fixed paths stand before those with a parameter in the same place."""
    kit, drive = CardKit(app), Drive(app)
    parts = (
        app.messages, ForwardCalls(app), Reading(app), app.interactions, Files(app), Batches(app), app.presses, kit, CardElements(app, kit), CardBatches(app, kit),
        Members(app), GroupBar(app), Announcements(app), Chats(app), Contact(app), Login(app),
        drive, DriveParts(app, drive), Wiki(app), Calendar(app), Approval(app, app.approval_flow),
    )  # fmt: skip
    return [
        *auth.endpoints(app),
        *stream.endpoints(app),
        *bot.endpoints(app),
        *(each for part in parts for each in part.endpoints()),
    ]
