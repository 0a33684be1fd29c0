"""错误码 (error codes): what Feishu says when it does not do what was asked.

Codes and texts are those of the platform's own pages; ``GENERAL`` of
https://open.feishu.cn/document/ukTMukTMukTM/ugjM14COyUjL4ITN (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

FIELD = 99992402
"""A field is missing, of a wrong type or out of range: the gateway's own answer."""
BAD_JSON = 9499

STATUS = {
    10003: 200, 10014: 200, 10015: 200, 10012: 200,
    99991400: 429, 99991201: 404, 99991301: 405, 40004: 403, 40014: 403, 42008: 401,
    190004: 429, 190005: 429, 190010: 429,
    20005: 200, 20008: 200, 20021: 200, 20022: 200,
    2200: 500,
}  # fmt: skip
"""HTTP status by code; every other failure is a 400."""

TEXT = {
    11235: "the bot is not allowed to mention all members",
    11247: "the number of messages exceeds the limit",
    20005: "The user access token passed is invalid",
    20021: "User resigned",
    9499: "Bad Request",
    10003: "invalid param",
    10012: "app not exist",
    10014: "app is forbidden",
    10015: "app secret invalid",
    2200: "Internal Error",
    11310: "the number of elements exceeds the limit",
    40001: "param error",
    40002: "department can not be root",
    40004: "no dept authority error",
    40011: "page size is invalid",
    40012: "page token is invalid error",
    40014: "no parent dept authority error",
    40015: "department not exist",
    41012: "user id invalid error",
    41050: "no user authority error",
    43010: "the department is too big to be fetched recursively",
    44102: "department id is missing",
    60012: "uuid conflict",
    99991201: "404 page not found",
    99991301: "request method not allowed",
    99991400: "request trigger frequency limit",
    99991403: "This month's API call quota has been exceeded",
    99991661: "Missing access token for authorization. Please make a request with token attached",
    99991663: "Invalid access token for authorization. Please make a request with valid token attached",
    99991664: "Invalid app access token",
    99991668: "Invalid access token for authorization. Please make a request with valid token attached",
    99991671: "Invalid access token for authorization. Please make a request with valid token attached",
    99991672: "Access denied",
    99991677: "Authentication token expired",
    99991679: "Unauthorized. You do not have permission to perform the requested operation on the resource",
    99992351: "The request you send is not a valid {open_id} or not exists",
    99992360: "The request you send is not a valid {user_id} or not exists",
    99992364: "The request you send is not a valid {union_id} or not exists",
    99992402: "field validation failed",
    230001: "Your request contains an invalid request parameter",
    230002: "Bot/User can NOT be out of the chat",
    230006: "Bot ability is not activated",
    230009: "Message recall timed out",
    230011: "The message was withdrawn",
    230012: "Bot is NOT the sender of the message",
    230013: "Bot has NO availability to this user",
    230015: "P2P chat can NOT be shared",
    230017: "Bot is NOT the owner of the resource",
    230018: "These operations are NOT allowed at current group settings",
    230019: "The topic does NOT exist",
    230020: "This operation triggers the frequency limit",
    230023: "The number of unread buzz messages of the user has reached the limit",
    230022: "The content of the message contains sensitive information",
    230024: "Reach the upper limit of buzz message",
    230025: "The length of the message content reaches its limit",
    230026: "No permission to recall this message",
    230027: "Lack of necessary permissions",
    230028: "The messages do NOT pass the audit",
    230031: "The card is beyond its validity period",
    230033: "The message is too old to read its read status",
    230034: "The receive_id is invalid",
    230035: "Send Message Permission deny",
    230046: "The current operation is NOT allowed: only the group owner and administrators can pin",
    230047: "This operation triggers the frequency limit of pins",
    230049: "The message is being sent",
    230050: "The message is invisible to the operator",
    230052: "Insufficient permissions to send buzz messages",
    230053: "The user has stopped the bot from sending messages",
    230054: "This operation is NOT supported for this message type",
    230055: "The type of file upload does not match the type of message being sent",
    230071: "The operator is NOT the sender of the message",
    230072: "The message has been edited the maximum number of times",
    230075: "The message can NOT be edited after the time limit",
    230099: "Failed to create card content",
    230110: "Action unavailable as the message has been deleted",
    231203: "The group type does not support this operation",
    232001: "Your request contains an invalid request parameter",
    232002: "No Permission: Only chat owner or admin can edit chat information in the current situation",
    232006: "Your request contains an invalid chat_id",
    232009: "Your request specifies a chat which has already been dissolved",
    232011: "Operator can NOT be out of the chat",
    232008: "Your request specifies a chat whose type is NOT supported currently",
    232028: "External users can not be added to this chat",
    232031: "The chat and the new designated chat owner must be in the same tenant",
    232012: "The new owner is not in the chat",
    232013: "The number of chat members reaches the upper limit",
    232014: "The operator has no permission for this operation",
    232015: "member_id_type is invalid",
    232016: "Non-chat-owner or Non-chat-admin can only edit certain parts",
    232017: "Only the owner of the chat, or its creator with im:chat:operate_as_owner, can do that",
    232019: "The request is rate limited",
    232020: "The name of a public chat is too short",
    231002: "The reaction is not found",
    231003: "The message is not found, maybe not exist or deleted",
    231007: "No permission to delete this reaction",
    232021: "The bot is unknown or not available",
    232023: "Chat information review failed",
    232025: "Bot ability is not activated",
    232041: "The avatar key is illegal",
    232069: "current chat type unsupported to set public",
    232078: "The operator tenant doesn't have the permission to use hide_member_count_setting",
    232024: "Users can not see the app or have no collaboration permission",
    232026: "The name of a public chat is already taken",
    232030: "The new owner is invalid",
    232033: "The bot has no right to be in external chats",
    232038: "Only the chat owner can add or remove administrators",
    232040: "The number of administrators exceeds the limit",
    232043: "Your request contains unavailable ids",
    232046: "the chat tab does not exist",
    232047: "The number of chat tabs exceeds the limit",
    232055: "The operator has no permission for the group menu",
    232056: "The number of group menus exceeds the limit",
    232070: "The group menus to be sorted are not all of the group",
    232071: "The group menu is not found",
    232060: "The chat is banned",
    232068: "The chat with this uuid is being created",
    232044: "The number of chat members reaches the limit of the tenant",
    232057: "Restricted mode is not available in this edition",
    232075: "Joining the chat needs approval",
    232076: "The chat owner can NOT be removed",
    232091: "The tenant does not allow public chats",
    232092: "A meeting is running in the chat",
    232097: "This operation is not supported for the new version of the group announcement",
    234001: "Invalid request param",
    234006: "The file size exceeds the limit",
    234007: "App does not enable bot feature",
    234010: "The file size can not be 0",
    234011: "Can not recognize the image format",
    234039: "The image resolution exceeds the limit",
    300000: "internal error",
    300301: "Duplicate element_id in card component",
    300302: "update_multi property is false",
    300090: "open_ids is missing",
    300313: "the element does not exist",
    300317: "sequence number compare failed",
    1061002: "params error",
    1061003: "not found",
    1061004: "forbidden",
    1061043: "file size beyond limit",
    1061044: "parent node not exist",
    1061045: "can retry",
    1062507: "parent node out of sibling num",
    1063001: "invalid parameter",
    1063002: "permission denied",
    131002: "param err",
    131005: "not found",
    131006: "permission denied",
    190002: "invalid parameters in request",
    191000: "calendar not found",
    191002: "no calendar access_role",
    193001: "event not found",
    1390001: "param is invalid",
    1390002: "approval code not found",
    1390003: "instance code not found",
    1390015: "approval code is not active",
    102021: "operator is not in the chat",
    20008: "User does not exist",
    20022: "User is frozen",
    190004: "the calendar service is rate limited",
    190005: "the calendar service is rate limited",
    190010: "the calendar service is rate limited",
    11232: "the message service is limited, try again later",
    11233: "the chat is limited, try again later",
    40003: "internal error",
    40008: "department is null",
    42008: "tenant id is invalid",
    190007: "the bot ability of the app is not enabled",
    200220: "Failed to generate card content",
    200740: "The card entity does not exist",
    200750: "The card entity has expired",
    200770: "UUID conflict",
    200810: "The card is in an ongoing interaction and cannot be updated",
    200850: "Card streaming timeout",
    200860: "Card content exceeds limit.",
    230029: "User has resigned",
    230064: "All messages to be forwarded are invalid",
    230065: "All messages to be forwarded have been recalled",
    230066: "The messages to be forwarded are in a secret group and do not support forwarding",
    230067: "The source of the messages to be merged and forwarded are not in compliance",
    230069: "Does not support forwarding messages from different groups",
    230070: "Forwarding of messages in restricted mode is not allowed",
    230073: "Messages of a secret chat can NOT be edited",
    230074: "Messages of an encrypted chat can NOT be edited",
    230098: "The message is fold, not support urgent",
    230100: "The content looks like a test",
    230111: "Action unavailable as the message will be destroyed",
    231204: "The app type does not support this operation",
    232003: "The announcement can not be read",
    232004: "The app does not exist",
    232010: "Operator and chat can NOT be in different tenants",
    232018: "The announcement can not be changed",
    232022: "The user has resigned",
    232027: "No valid member",
    232032: "The new owner is not a user",
    232034: "The app is unavailable or inactivated in the tenant",
    232035: "The new owner can not be found",
    232039: "The administrators were set, but can not be listed",
    232042: "The name of a public chat is missing",
    232048: "The chat tab can not be sorted",
    232049: "The chat tab type is invalid",
    232050: "The name of the chat tab is too long",
    232051: "The chat tab can not be changed",
    232065: "The ids are invalid",
    232066: "No permission on the announcement's document",
    232072: "The group menu can not be sorted",
    232073: "The group menu can not be changed",
    232079: "The member count can not be hidden in this chat",
    232093: "A meeting is running in the chat",
    300303: "Only schema 2.0 is supported",
    300305: "The number of card components exceeds 200",
    300307: "The card DSL is empty",
    300309: "Card streaming closed",
    300310: "Only update text",
    300311: "The current application does not have permission to update/use this card",
    1061101: "file quota exceeded",
    99991401: "Deny by ip settings: the ip of the caller is not in the white list of the app",
    99991662: "The app is disabled",
    99991665: "Invalid tenant access token",
    99991673: "The app is not available in this tenant",
}  # fmt: skip


class ApiError(Exception):
    """One failure as the platform words it.

    Args:
        ext: what is put behind the text as ``, ext=…``.
        text: in place of the code's own, where one code means two things.
        violations: ``(field, value, description)`` of what is wrong in the request.
        permissions: scopes, one of which is missing.
        reset_s: seconds until the limit lets calls through again, with ``limit`` its ceiling.
    """

    def __init__(
        self,
        code: int,
        ext: str = "",
        *,
        text: str = "",
        violations: Sequence[tuple[str, str, str]] = (),
        permissions: Sequence[str] = (),
        reset_s: int = 0,
        limit: int = 0,
    ) -> None:
        super().__init__(f"{code} {ext}")
        self.code = code
        self.ext = ext
        self.text = text
        self.violations = violations
        self.permissions = permissions
        self.reset_s = reset_s
        self.limit = limit

    @property
    def status(self) -> int:
        return STATUS.get(self.code, 400)

    def headers(self) -> dict[str, str]:
        if not self.limit:
            return {}
        return {"x-ogw-ratelimit-limit": str(self.limit), "x-ogw-ratelimit-reset": str(self.reset_s)}

    def body(self, log_id: str) -> dict[str, Any]:
        text = self.text or TEXT.get(self.code, "failed")
        return envelope(self.code, f"{text}, ext={self.ext}" if self.ext else text, log_id, self._details())

    def _details(self) -> dict[str, Any]:
        details: dict[str, Any] = {}
        if self.violations:
            details["field_violations"] = [
                {"field": field, "value": value, "description": description}
                for field, value, description in self.violations
            ]
        if self.permissions:
            details["permission_violations"] = [
                {"type": "action_privilege_required", "subject": each} for each in self.permissions
            ]
        return details


def envelope(code: int, msg: str, log_id: str, details: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The body of a failure, with where to look it up."""
    search = f"https://open.feishu.cn/search?from=openapi&log_id={log_id}&code={code}"
    error = {"log_id": log_id, "troubleshooter": f"排查建议查看(Troubleshooting suggestions): {search}"}
    return {"code": code, "msg": msg, "error": {**error, **(details or {})}}


def wrong_field(field: str, description: str, value: Any = "") -> ApiError:
    """The gateway does not let a field through."""
    return ApiError(FIELD, violations=[(field, str(value)[:200], description)])


def card_error(code: int, why: str) -> ApiError:
    """A card that cannot be made; the real code stands in the text."""
    return ApiError(230099, f"ErrCode: {code}; ErrMsg: {why}; ")


def code_of_card(error: ApiError) -> int:
    """The real code in the text of a card's error; 0 if there is none."""
    found = re.match(r"ErrCode: (\d+);", error.ext)
    return int(found[1]) if found else 0
