"""Feishu's payloads as they come (飞书载荷): only what we use; unknown keys are allowed.

Pages: events https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/message/events/receive and its neighbours;
card presses …/feishu-cards/card-callback-communication; contacts …/contact-v3/user/find_by_department;
groups …/im-v1/chat/get. All read 2026-11 in the copy of 2026-05.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class WirePayload(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


def _text(value: object) -> object:
    """Feishu writes ``null`` for an empty text now and then, and counts as texts or numbers."""
    if value is None:
        return ""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text)]


# ── Events ────────────────────────────────────────────────────────────────────────────────────────


class Header(WirePayload):
    """``create_time`` is in milliseconds, for ``card.action.trigger`` in microseconds."""

    event_id: str = Field(min_length=1)
    event_type: str = Field(min_length=1)
    create_time: Text = ""
    tenant_key: Text = ""
    app_id: Text = ""


class Envelope(WirePayload):
    """Version 2: header and event."""

    header: Header
    event: dict[str, Any] = {}


class OldEnvelope(WirePayload):
    """Version 1: ``uuid`` and ``event.type`` (``p2p_chat_create``); ``ts`` in seconds."""

    uuid: str = Field(min_length=1)
    ts: Text = ""
    event: dict[str, Any] = {}


class UserId(WirePayload):
    open_id: Text = ""


class Mention(WirePayload):
    """In events ``id`` is an object; ``mentioned_type`` is ``user`` or ``bot``."""

    key: str
    id: UserId = UserId()
    mentioned_type: Text = ""
    name: Text = ""


class Sender(WirePayload):
    sender_id: UserId = UserId()
    sender_type: Text = ""
    tenant_key: Text = ""


class ReceivedMessage(WirePayload):
    message_id: str = Field(min_length=1)
    chat_id: str = Field(min_length=1)
    create_time: Text = ""
    thread_id: Text = ""
    chat_type: Text = ""
    message_type: Text = ""
    content: Text = ""
    mentions: tuple[Mention, ...] | None = None


class MessageReceived(WirePayload):
    sender: Sender
    message: ReceivedMessage


class Reader(WirePayload):
    reader_id: UserId


class MessageRead(WirePayload):
    reader: Reader
    message_id_list: tuple[str, ...] = ()


class Action(WirePayload):
    """``form_value`` for a form; the single values only for components outside of one."""

    value: Any = None
    form_value: dict[str, Any] | None = None
    input_value: str | None = None
    option: str | None = None
    options: tuple[str, ...] | None = None
    checked: bool | None = None


class PressContext(WirePayload):
    open_message_id: Text = ""
    open_chat_id: Text = ""


class Operator(WirePayload):
    open_id: str = Field(min_length=1)
    tenant_key: Text = ""


class CardPressed(WirePayload):
    operator: Operator
    action: Action
    context: PressContext = PressContext()


class ChangedPerson(WirePayload):
    open_id: Text = ""
    department_ids: tuple[str, ...] | None = None


class ChangedDepartment(WirePayload):
    open_department_id: Text = ""


class PersonChange(WirePayload):
    object: ChangedPerson


class DepartmentChange(WirePayload):
    object: ChangedDepartment


class ChatNames(WirePayload):
    name: Text = ""


class ChatEvent(WirePayload):
    chat_id: str = Field(min_length=1)
    name: Text = ""
    after_change: ChatNames | None = None
    before_change: ChatNames | None = None


# ── Answers ───────────────────────────────────────────────────────────────────────────────────────


class TokenAnswer(WirePayload):
    """Flat: no ``data``; ``expire`` in seconds."""

    tenant_access_token: str = Field(min_length=1)
    expire: int


class Bot(WirePayload):
    activate_status: int = 0
    app_name: Text = ""
    open_id: Text = ""


class BotAnswer(WirePayload):
    bot: Bot


class Author(WirePayload):
    id: Text = ""
    sender_type: Text = ""


class Body(WirePayload):
    content: Text = ""


class SeenMention(WirePayload):
    """In messages of the API ``id`` is a text, and who is called by everybody's name is often left out."""

    id: Text = ""


class SentMessage(WirePayload):
    """A message as the API shows it, after a send and in the history."""

    message_id: str = Field(min_length=1)
    chat_id: Text = ""
    msg_type: Text = ""
    create_time: Text = ""
    deleted: bool | None = None
    sender: Author = Author()
    body: Body = Body()
    mentions: tuple[SeenMention, ...] | None = None


class Page(WirePayload):
    """``page_token`` only with ``has_more``."""

    items: tuple[dict[str, Any], ...] | None = None
    has_more: bool | None = None
    page_token: Text = ""


class ReadBy(WirePayload):
    user_id: str = Field(min_length=1)


class Status(WirePayload):
    is_frozen: bool | None = None
    is_resigned: bool | None = None
    is_activated: bool | None = None
    is_exited: bool | None = None


class User(WirePayload):
    """A missing scope leaves a field out and gives no error."""

    open_id: str = Field(min_length=1)
    name: Text = ""
    department_ids: tuple[str, ...] | None = None
    status: Status | None = None


class UserAnswer(WirePayload):
    user: User


class DepartmentStatus(WirePayload):
    is_deleted: bool | None = None


class WireDepartment(WirePayload):
    open_department_id: str = Field(min_length=1)
    name: Text = ""
    parent_department_id: Text = ""
    leader_user_id: Text = ""
    status: DepartmentStatus = DepartmentStatus()


class Scopes(WirePayload):
    department_ids: tuple[str, ...] | None = None
    user_ids: tuple[str, ...] | None = None
    has_more: bool | None = None
    page_token: Text = ""


class GrantedScope(WirePayload):
    """``grant_status``: 1 granted, 2 not."""

    scope_name: str
    grant_status: int = 0


class ScopeList(WirePayload):
    scopes: tuple[GrantedScope, ...] | None = None


class WireChat(WirePayload):
    """``owner_id`` is absent when the owner is a bot."""

    chat_id: Text = ""
    name: Text = ""
    owner_id: Text = ""
    chat_status: Text = ""
    chat_mode: Text = ""
    description: Text = ""
    moderation_permission: Text = ""
    at_all_permission: Text = ""
    add_member_permission: Text = ""
    edit_permission: Text = ""
    user_manager_id_list: tuple[str, ...] | None = None
    bot_manager_id_list: tuple[str, ...] | None = None


class MembersAdded(WirePayload):
    """With ``succeed_type`` 1: who could not be added, and why."""

    invalid_id_list: tuple[str, ...] | None = None
    not_existed_id_list: tuple[str, ...] | None = None
    pending_approval_id_list: tuple[str, ...] | None = None


class WireFile(WirePayload):
    token: Text = ""
    name: Text = ""
    type: Text = ""


class FilesPage(WirePayload):
    """``next_page_token`` here, unlike everywhere else."""

    files: tuple[WireFile, ...] | None = None
    has_more: bool | None = None
    next_page_token: Text = ""


class FolderMade(WirePayload):
    token: str = Field(min_length=1)


class Member(WirePayload):
    member_id: str = Field(min_length=1)
