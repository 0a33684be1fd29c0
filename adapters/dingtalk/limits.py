"""What DingTalk allows (限额): every call we make, what it costs, and how long, how many, how large.

Quotas changed twice in 2025-2026; the page was read in 2026-11.
https://open.dingtalk.com/document/development/dingtalk-application-development-platform-billing-model
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, Literal

from adapters.calls import Call

# ── Rates and pots ────────────────────────────────────────────────────────────────────────────────

CALLS_PER_SECOND = 20
"""Per app and API, 标准版; more only with a bought package.
D/how-to-process-api-throttling-on-the-dingtalk-server (read 2026-11)"""

RATE_WINDOW_S = 1.02
"""A second, and a little for what the network compresses on the way (ours)."""

CALLS = "calls"
PUSHES = "pushes"
"""The month's two pots: calls of ours, and messages and events pushed to us (Webhook & Stream)."""

Edition = Literal["standard", "professional", "dedicated"]
"""标准版, 专业版, 专属版."""

MONTHLY: Mapping[Edition, Mapping[str, int]] = {
    "standard": {CALLS: 5_000, PUSHES: 3_000},
    "professional": {CALLS: 200_000, PUSHES: 50_000},
    "dedicated": {CALLS: 200_000, PUSHES: 50_000},
}
"""A calendar month's pots for the whole company (billing page above); 专属版 is a guess: at least 专业版."""

# ── Sizes ─────────────────────────────────────────────────────────────────────────────────────────

BATCH_SIZE = 20
"""People in one batchSend; the error text says 100, the parameter table 20.
D/chatbots-send-one-on-one-chat-messages-in-batches (read 2026-11)"""

MSG_PARAM_BYTES = 15_000
"""``msgParam`` of a robot message. Stated for groups only (D/the-robot-sends-a-group-message, read 2026-11);
for people a guess."""

TEXT_BYTES = 14_000
"""Of people's text in a robot message: JSON's backslashes and our heading need room too."""

VARIABLE_BYTES = 1_000
"""One card variable; the page says 1 KB. D/create-and-deliver-cards (read 2026-11)"""

BODY_VARIABLES = 4
CARD_TEXT_BYTES = VARIABLE_BYTES * BODY_VARIABLES

OUT_TRACK_ID_CHARS = 64
"""D/create-and-deliver-cards (read 2026-11)"""

READERS_PAGE = 200
"""``maxResults`` of groupMessages/query. D/chatbot-queries-the-read-status-of-a-message (read 2026-11)"""

PEOPLE_PAGE = 100
"""``size`` of topapi/v2/user/list; the page's limit for the simple list, taken for both.
D/queries-the-simple-information-of-a-department-user (read 2026-11)"""

SCENE_TITLE_CHARS = 30
ORDINARY_NAME_CHARS = 20
"""D/create-a-scene-group; D/create-common-group-new-version-v2 (read 2026-11)"""

GROUP_PEOPLE_AT_ONCE = 999
GROUP_MEMBERS = 1_000
"""A creation takes 999 besides the owner (old page of D/create-a-scene-group); a group has 1,000 at most
(D/api-addscenegroupmember, read 2026-11)."""

GROUP_ADMINS = 12
"""D/update-group-administrators (read 2026-11)"""

DENTRIES_PAGE = 50
"""D/get-a-list-of-files-or-folders (read 2026-11)"""

BODY_BYTES = 1 << 20
"""A payload larger than that is not read (ours; the platform names no limit)."""

# ── Times ─────────────────────────────────────────────────────────────────────────────────────────

SCENE_UUID_WINDOW = timedelta(hours=24)
"""The same ``uuid`` is the same scene group; for how long is not said, so this is a guess. D/faq-robot (read 2026-11)"""

READ_WINDOW = timedelta(hours=24)
"""Read state of a single-chat message. D/chatbot-batch-query-the-read-status-of-messages (read 2026-11)"""

RECALL_WINDOW = timedelta(hours=24)
"""Recall of a single-chat message; none is stated for groups. D/batch-message-recall-chat (read 2026-11)"""

TOKEN_EARLY = timedelta(minutes=10)
"""Refreshed so long before its end. D/server-api-calling-guide (read 2026-11)"""

PRESS_ANSWER_S = 2.0
"""A card callback is answered within that or not at all. D/event-callback-card (read 2026-11)"""

ACK_S = 3.0
"""Stream push time-out. D/appendix-b-proposals-for-rational-use-of-resources (read 2026-11)"""

IP_BAN_S = 300.0
"""After ``punish: deny`` every call stops that long. D/call-frequency-limit (read 2026-11)"""


# ── Calls ─────────────────────────────────────────────────────────────────────────────────────────


class Host(StrEnum):
    """Two hosts with two conventions, which never mix within one call."""

    API = "api"
    OAPI = "oapi"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One call of the platform.

    Attributes:
        name: our short word for it, in lanes, logs and errors.
        path: exactly as the platform spells it, oddities included.
        pot: the month's pot it draws on; contacts, tokens and log-in are free.
        may_repeat: doing it twice is the same as once (reads, overwrites, recalls).
    """

    name: str
    host: Host
    method: str
    path: str
    pot: str = CALLS
    may_repeat: bool = True

    @property
    def lane(self) -> str:
        return f"dingtalk:{self.name}"

    def call(self, body: Mapping[str, Any] | None = None, *, query: Mapping[str, str] | None = None) -> Call:
        """The request; without ``Accept`` some answers come as XML."""
        return Call(
            name=self.name,
            method=self.method,
            path=self.path,
            query=query or {},
            body=body,
            headers={"Accept": "application/json"},
            repeatable=self.may_repeat,
            is_open=self.name == "oauth2.accessToken",
        )


def _new(name: str, method: str, path: str, *, pot: str = CALLS, may_repeat: bool = True) -> Api:
    return Api(name=name, host=Host.API, method=method, path=path, pot=pot, may_repeat=may_repeat)


def _old(name: str, path: str, *, method: str = "POST", pot: str = "") -> Api:
    """Contacts and the like, which are free."""
    return Api(name=name, host=Host.OAPI, method=method, path=path, pot=pot)


TOKEN = _new("oauth2.accessToken", "POST", "/v1.0/oauth2/accessToken", pot="")

PERSON_SEND = _new(
    "robot.oToMessages.batchSend", "POST", "/v1.0/robot/oToMessages/batchSend", may_repeat=False
)
PERSON_READERS = _new("robot.oToMessages.readStatus", "GET", "/v1.0/robot/oToMessages/readStatus")
PERSON_RECALL = _new("robot.otoMessages.batchRecall", "POST", "/v1.0/robot/otoMessages/batchRecall")
GROUP_SEND = _new("robot.groupMessages.send", "POST", "/v1.0/robot/groupMessages/send", may_repeat=False)
GROUP_READERS = _new("robot.groupMessages.query", "POST", "/v1.0/robot/groupMessages/query")
GROUP_RECALL = _new("robot.groupMessages.recall", "POST", "/v1.0/robot/groupMessages/recall")

CARD_SEND = _new(
    "card.instances.createAndDeliver", "POST", "/v1.0/card/instances/createAndDeliver", may_repeat=False
)
CARD_UPDATE = _new("card.instances.update", "PUT", "/v1.0/card/instances")

SCENE_GROUP = _new("im.sceneGroups.query", "POST", "/v1.0/im/sceneGroups/query")
SCENE_GROUP_MEMBERS = _new("im.sceneGroups.members", "POST", "/v1.0/im/sceneGroups/members/batchQuery")
SCENE_GROUP_DETAIL = _old("im.scenegroup.get", "/topapi/im/chat/scenegroup/get", pot=CALLS)
SCENE_GROUP_CREATE = _new("im.sceneGroup.create", "POST", "/v1.0/im/sceneGroup/create")
SCENE_GROUP_UPDATE = _new("im.sceneGroup.update", "POST", "/v1.0/im/sceneGroup/update")
SCENE_MEMBERS_ADD = _new("im.sceneGroup.member.add", "POST", "/v1.0/im/sceneGroup/member/add")
SCENE_MEMBERS_REMOVE = _new("im.sceneGroup.member.delete", "POST", "/v1.0/im/sceneGroup/member/delete")
SCENE_ADMINS = _new("im.sceneGroups.subAdmins", "PUT", "/v1.0/im/sceneGroups/subAdmins")
ORDINARY_GROUP = _old("chat.get", "/chat/get", method="GET", pot=CALLS)
ORDINARY_GROUP_CREATE = _new("im.group.create", "POST", "/v1.0/im/group/create", may_repeat=False)
ORDINARY_GROUP_UPDATE = _new("im.group.update", "POST", "/v1.0/im/group/update")
ORDINARY_ADMINS = _new("im.subAdministrators", "POST", "/v1.0/im/subAdministrators")
GROUP_SPACE = _new("convFile.spaces.query", "POST", "/v1.0/convFile/conversations/spaces/query")
DENTRIES = _new("storage.dentries.list", "GET", "/v1.0/storage/spaces/{space_id}/dentries")
FOLDER_ADD = _new(
    "storage.folders.add", "POST", "/v1.0/storage/spaces/{space_id}/dentries/{parent_id}/folders"
)
"""A scene group's creation knows our ``uuid`` and a folder's its name, so both may be repeated; an ordinary
group's creation knows nothing. D/create-a-scene-group, D/add-folder, D/create-common-group-new-version-v2"""

DEPARTMENTS = _old("department.listsub", "/topapi/v2/department/listsub")
DEPARTMENT = _old("department.get", "/topapi/v2/department/get")
PEOPLE = _old("user.list", "/topapi/v2/user/list")
PERSON = _old("user.get", "/topapi/v2/user/get")
SCOPES = _old("auth.scopes", "/auth/scopes", method="GET")

APIS: tuple[Api, ...] = (
    TOKEN,
    PERSON_SEND,
    PERSON_READERS,
    PERSON_RECALL,
    GROUP_SEND,
    GROUP_READERS,
    GROUP_RECALL,
    CARD_SEND,
    CARD_UPDATE,
    SCENE_GROUP,
    SCENE_GROUP_MEMBERS,
    SCENE_GROUP_DETAIL,
    SCENE_GROUP_CREATE,
    SCENE_GROUP_UPDATE,
    SCENE_MEMBERS_ADD,
    SCENE_MEMBERS_REMOVE,
    SCENE_ADMINS,
    ORDINARY_GROUP,
    ORDINARY_GROUP_CREATE,
    ORDINARY_GROUP_UPDATE,
    ORDINARY_ADMINS,
    GROUP_SPACE,
    DENTRIES,
    FOLDER_ADD,
    DEPARTMENTS,
    DEPARTMENT,
    PEOPLE,
    PERSON,
    SCOPES,
)
"""The oddities are the platform's: ``oToMessages`` sends and reads, ``otoMessages`` recalls."""
