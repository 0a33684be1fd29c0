"""分页 (paging): ``page_size`` and ``page_token`` in, ``has_more`` and ``page_token`` out."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from sandbox.feishu.calls import Call
from sandbox.feishu.errors import ApiError, wrong_field

T = TypeVar("T")


def cut(
    call: Call,
    items: Sequence[T],
    *,
    default: int,
    most: int,
    bad_token: int = 99992402,
    bad_size: int = 99992402,
) -> tuple[Sequence[T], dict[str, Any]]:
    """The page that was asked for, and ``has_more`` with, if true, the next ``page_token``."""
    size = _size(call, default, most, bad_size)
    start = _start(call.query("page_token", ""), bad_token)
    end = start + size
    more: dict[str, Any] = {"has_more": end < len(items)}
    if end < len(items):
        more["page_token"] = token(end)
    return items[start:end], more


def _size(call: Call, default: int, most: int, code: int) -> int:
    try:
        return Call.whole("page_size", call.query("page_size", str(default)), least=1, most=most)
    except ApiError:
        if code == 99992402:
            raise
        raise ApiError(code) from None


def _start(page_token: str, code: int) -> int:
    if not page_token:
        return 0
    try:
        text = base64.urlsafe_b64decode(page_token.encode("ascii")).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    kind, _, number = text.partition(":")
    if kind != "from" or not number.isdigit() or len(number) > 12:
        raise wrong_field("page_token", "page_token is invalid") if code == 99992402 else ApiError(code)
    return int(number)


def token(start: int) -> str:
    """Opaque to the caller."""
    return base64.urlsafe_b64encode(f"from:{start:012d}".encode()).decode()
