"""DingTalk's payloads (载荷), only what we use; unknown keys are allowed and types taken as they come.

The same field is a number in one sample and a string in the next (``timeStamp``, ``operatTime``, ``errcode``),
a list comes as a JSON string, and an empty field is left out: so everything here is read leniently.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WirePayload(BaseModel):
    """Base of all payloads."""

    model_config = ConfigDict(extra="ignore", frozen=True, coerce_numbers_to_str=True, populate_by_name=True)


def _none_is_empty(value: Any) -> Any:
    return "" if value is None else value


def _none_is_false(value: Any) -> Any:
    return False if value is None or value == "" else value


def _listed(value: Any) -> Any:
    """A list, a JSON string of one, a single value, or nothing."""
    if value is None or value == "":
        return []
    if isinstance(value, str) and value.startswith("["):
        return json.loads(value)
    return value if isinstance(value, list | tuple) else [value]


def _parsed(value: Any) -> Any:
    """An object, or a JSON string of one."""
    if isinstance(value, str):
        return json.loads(value) if value else {}
    return {} if value is None else value


def _moment(value: Any) -> Any:
    """Milliseconds since 1970, as number or string."""
    if value is None or value == "":
        return None
    return _EPOCH + timedelta(milliseconds=int(value))


Text = Annotated[str, BeforeValidator(_none_is_empty)]
Flag = Annotated[bool, BeforeValidator(_none_is_false)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Moment = Annotated[datetime | None, BeforeValidator(_moment)]


# ── What arrives ──────────────────────────────────────────────────────────────────────────────────


class FrameHeaders(WirePayload):
    """Headers of a Stream frame; PROTO page developerpedia ``learn/stream/protocol`` (read 2026-11)."""

    topic: Text = ""
    message_id: Text = Field("", alias="messageId")
    time: Moment = None
    event_type: Text = Field("", alias="eventType")
    event_id: Text = Field("", alias="eventId")
    event_corp_id: Text = Field("", alias="eventCorpId")
    event_born_time: Moment = Field(None, alias="eventBornTime")


class AtUser(WirePayload):
    """Somebody mentioned; ``staffId`` is empty for people of other companies."""

    dingtalk_id: Text = Field("", alias="dingtalkId")
    staff_id: Text = Field("", alias="staffId")


class RichPart(WirePayload):
    """A piece of a rich text: words, or a picture."""

    text: Text = ""
    type: Text = ""


class Content(WirePayload):
    """``text`` or ``content`` of a robot message, for all message types.

    ``recognition`` is what DingTalk understood of a spoken message.
    """

    content: Text = ""
    rich_text: Annotated[tuple[RichPart, ...], BeforeValidator(_listed)] = Field((), alias="richText")
    recognition: Text = ""


class RobotMessage(WirePayload):
    """``/v1.0/im/bot/messages/get``. D/receive-message, D/robot-message-type (read 2026-11)."""

    message_id: Text = Field("", alias="msgId")
    message_type: Text = Field("", alias="msgtype")
    conversation_id: Text = Field("", alias="conversationId")
    conversation_type: Text = Field("", alias="conversationType")
    conversation_title: Text = Field("", alias="conversationTitle")
    at_users: Annotated[tuple[AtUser, ...], BeforeValidator(_listed)] = Field((), alias="atUsers")
    is_in_at_list: Flag | None = Field(None, alias="isInAtList")
    robot_id: Text = Field("", alias="chatbotUserId")
    robot_corp_id: Text = Field("", alias="chatbotCorpId")
    robot_code: Text = Field("", alias="robotCode")
    sender_id: Text = Field("", alias="senderId")
    sender_staff_id: Text = Field("", alias="senderStaffId")
    sender_nick: Text = Field("", alias="senderNick")
    created_at: Moment = Field(None, alias="createAt")
    text: Annotated[Content, BeforeValidator(_parsed)] = Content()
    content: Annotated[Content, BeforeValidator(_parsed)] = Content()
    error_code: Text = Field("", alias="errCode")


class PrivateData(WirePayload):
    action_ids: Texts = Field((), alias="actionIds")
    params: Annotated[dict[str, Any], BeforeValidator(_parsed)] = Field(default_factory=dict)


class PressContent(WirePayload):
    """``content`` of a press; itself JSON inside a string."""

    private: Annotated[PrivateData, BeforeValidator(_parsed)] = Field(PrivateData(), alias="cardPrivateData")


class CardPress(WirePayload):
    """``/v1.0/card/instances/callback``. D/event-callback-card (read 2026-11)."""

    out_track_id: str = Field(alias="outTrackId", min_length=1)
    user_id: str = Field(alias="userId", min_length=1)
    corp_id: Text = Field("", alias="corpId")
    content: Annotated[PressContent, BeforeValidator(_parsed)] = PressContent()


class PeopleEvent(WirePayload):
    """``user_*`` events."""

    user_ids: Texts = Field((), alias="userId")


class DepartmentEvent(WirePayload):
    """``org_dept_*`` events."""

    department_ids: Texts = Field((), alias="deptId")


class ChatEvent(WirePayload):
    """``chat_*`` events."""

    conversation_id: Text = Field("", alias="openConversationId")
    title: Text = ""


class ReadEvent(WirePayload):
    """``robot_msg_read``. D/bot-message-read-event (read 2026-11; ``operatTime`` is their spelling)."""

    query_key: str = Field(alias="processQueryKey", min_length=1)
    user_ids: Texts = Field((), alias="userId")
    at: Moment = Field(None, alias="operatTime")


# ── What comes back ───────────────────────────────────────────────────────────────────────────────


class Answer(WirePayload):
    """Either envelope: ``code``/``message``/``requestid`` or ``errcode``/``errmsg``/``request_id``."""

    code: Text = ""
    message: Text = ""
    request_id: Text = Field("", alias="requestid")
    errcode: Text = ""
    errmsg: Text = ""
    old_request_id: Text = Field("", alias="request_id")
    sub_code: Text = ""
    sub_msg: Text = ""
    denied: Annotated[dict[str, Any], BeforeValidator(_parsed)] = Field(
        default_factory=dict, alias="accessdenieddetail"
    )
    punish: Text = ""
    wait: Text = ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The permissions that are missing, where the platform names them."""
        return tuple(str(scope) for scope in _listed(self.denied.get("requiredScopes")))


class TokenAnswer(WirePayload):
    """D/obtain-the-access-token-of-an-internal-app (read 2026-11)."""

    token: str = Field(alias="accessToken", min_length=1)
    expires_in_s: int = Field(alias="expireIn", gt=0)


class PersonSent(WirePayload):
    """Answer of batchSend: 200 does not mean that everybody got it."""

    query_key: str = Field(alias="processQueryKey", min_length=1)
    invalid: Texts = Field((), alias="invalidStaffIdList")
    flow_controlled: Texts = Field((), alias="flowControlledStaffIdList")
    filtered: Texts = Field((), alias="filteredStaffIdList")


class GroupSent(WirePayload):
    query_key: str = Field(alias="processQueryKey", min_length=1)


class Delivered(WirePayload):
    success: Flag = False
    carrier_id: Text = Field("", alias="carrierId")
    error: Text = Field("", alias="errorMsg")


class CardSentResult(WirePayload):
    delivered: Annotated[tuple[Delivered, ...], BeforeValidator(_listed)] = Field((), alias="deliverResults")


class CardSent(WirePayload):
    success: Flag
    result: Annotated[CardSentResult, BeforeValidator(_parsed)] = CardSentResult()


class CardUpdated(WirePayload):
    success: Flag


class RecallAnswer(WirePayload):
    gone: Texts = Field((), alias="successResult")
    failed: Annotated[dict[str, str], BeforeValidator(_parsed)] = Field(
        default_factory=dict, alias="failedResult"
    )


class PersonRead(WirePayload):
    user_id: Text = Field("", alias="userId")
    status: Text = Field("", alias="readStatus")


class PersonReaders(WirePayload):
    people: Annotated[tuple[PersonRead, ...], BeforeValidator(_listed)] = Field(
        (), alias="messageReadInfoList"
    )


class GroupReaders(WirePayload):
    user_ids: Texts = Field((), alias="readUserIds")
    has_more: Flag = Field(False, alias="hasMore")
    next_token: Text = Field("", alias="nextToken")


# ── The directory and groups ──────────────────────────────────────────────────────────────────────


class SubDepartment(WirePayload):
    id: str = Field(alias="dept_id")
    name: Text = ""
    parent_id: Text = ""


class SubDepartments(WirePayload):
    result: Annotated[tuple[SubDepartment, ...], BeforeValidator(_listed)] = ()


class DepartmentDetail(WirePayload):
    id: str = Field(alias="dept_id")
    name: Text = ""
    parent_id: Text = ""
    managers: Texts = Field((), alias="dept_manager_userid_list")


class DepartmentAnswer(WirePayload):
    result: DepartmentDetail


class Leads(WirePayload):
    department_id: Text = Field("", alias="dept_id")
    leader: Flag = False


class User(WirePayload):
    """D/query-user-details (read 2026-11); empty fields are left out."""

    id: str = Field(alias="userid", min_length=1)
    name: Text = ""
    department_ids: Texts = Field((), alias="dept_id_list")
    union_id: Text = Field("", alias="unionid")
    leads: Annotated[tuple[Leads, ...], BeforeValidator(_listed)] = Field((), alias="leader_in_dept")
    active: Flag = True


class UserAnswer(WirePayload):
    result: User


class UsersPage(WirePayload):
    users: Annotated[tuple[User, ...], BeforeValidator(_listed)] = Field((), alias="list")
    has_more: Flag = False
    next_cursor: Text = ""


class UsersAnswer(WirePayload):
    result: UsersPage


class SceneGroup(WirePayload):
    title: Text = ""
    owner: Text = Field("", alias="ownerUserId")
    status: Text = ""


class SceneGroupMembers(WirePayload):
    user_ids: Texts = Field((), alias="memberUserIds")
    has_more: Flag = Field(False, alias="hasMore")
    next_token: Text = Field("", alias="nextToken")


class SceneOptions(WirePayload):
    """Numbers written as strings. D/queries-the-basic-information-of-a-scenario-group (read 2026-11)"""

    banned: Text = Field("", alias="chat_banned_type")
    at_all: Text = Field("", alias="mention_all_authority")
    management: Text = Field("", alias="management_type")


class SceneDetail(WirePayload):
    title: Text = ""
    owner: Text = Field("", alias="owner_staff_id")
    admins: Texts = Field((), alias="sub_admin_staff_ids")
    options: Annotated[SceneOptions, BeforeValidator(_parsed)] = Field(
        SceneOptions(), alias="management_options"
    )


class SceneDetailAnswer(WirePayload):
    result: SceneDetail


class SceneMade(WirePayload):
    id: str = Field(alias="open_conversation_id", min_length=1)
    chat_id: Text = ""


class OrdinaryGroup(WirePayload):
    """D/obtain-a-group-session (read 2026-11)"""

    name: Text = ""
    owner: Text = ""
    members: Texts = Field((), alias="useridlist")
    banned: Text = Field("", alias="chatBannedType")
    at_all: Text = Field("", alias="mentionAllAuthority")
    management: Text = Field("", alias="managementType")


class OrdinaryGroupAnswer(WirePayload):
    info: OrdinaryGroup = Field(alias="chat_info")


class OrdinaryMade(WirePayload):
    id: str = Field(alias="openConversationId", min_length=1)
    chat_id: str = Field(alias="chatid", min_length=1)


class GroupSpace(WirePayload):
    id: Text = Field("", alias="spaceId")


class GroupSpaceAnswer(WirePayload):
    space: GroupSpace


class Dentry(WirePayload):
    id: str = Field(min_length=1)
    name: Text = ""
    type: Text = ""


class DentryAnswer(WirePayload):
    dentry: Dentry


class Dentries(WirePayload):
    dentries: Annotated[tuple[Dentry, ...], BeforeValidator(_listed)] = ()
    next_token: Text = Field("", alias="nextToken")


class ScopesAnswer(WirePayload):
    fields: Texts = Field((), alias="auth_user_field")
    scopes: Annotated[dict[str, Any], BeforeValidator(_parsed)] = Field(
        default_factory=dict, alias="auth_org_scopes"
    )
