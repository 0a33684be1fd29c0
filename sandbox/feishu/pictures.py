"""图片 (pictures): of which kind a picture is and how large, by its first bytes.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/image/create (read 2026-11)
"""

from __future__ import annotations

import struct

from sandbox.feishu.errors import ApiError

KINDS = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"BM": "image/bmp",
    b"\x00\x00\x01\x00": "image/x-icon", b"II*\x00": "image/tiff", b"MM\x00*": "image/tiff",
}  # fmt: skip
"""By their first bytes; WEBP and HEIC have theirs a little later."""
LARGEST, LARGEST_GIF, LARGEST_AVATAR = 12_000, 2_000, 4_096
NO_PICTURE, TOO_LARGE = 234011, 234039
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""The markers of a JPEG that say how large it is."""


def kind_of(raw: bytes) -> str:
    """Raises ``ApiError`` for what is no picture."""
    for start, kind in KINDS.items():
        if raw.startswith(start):
            return kind
    if raw[:4] == b"RIFF" and raw[8:12] == b"WEBP":
        return "image/webp"
    if raw[4:8] == b"ftyp":
        return "image/heic"
    raise ApiError(NO_PICTURE)


def check_size(raw: bytes, kind: str, *, avatar: bool) -> None:
    """Raises ``ApiError`` if there are more pixels in a row or column than the platform takes."""
    most = LARGEST_GIF if kind == "image/gif" else LARGEST_AVATAR if avatar else LARGEST
    if any(each > most for each in pixels(raw, kind)):
        raise ApiError(TOO_LARGE)


def pixels(raw: bytes, kind: str) -> tuple[int, ...]:
    """Width and height; nothing for kinds that are not looked into, or for a picture that breaks off."""
    try:
        if kind == "image/png" and raw[12:16] == b"IHDR":
            return struct.unpack(">II", raw[16:24])
        if kind == "image/gif":
            return struct.unpack("<HH", raw[6:10])
        if kind == "image/bmp":
            return tuple(abs(each) for each in struct.unpack("<ii", raw[18:26]))
        if kind == "image/jpeg":
            return _jpeg(raw)
        if kind == "image/webp":
            return _webp(raw)
    except struct.error:
        pass
    return ()


def _jpeg(raw: bytes) -> tuple[int, ...]:
    at = 2
    while at + 4 <= len(raw) and raw[at] == 0xFF:
        marker, length = raw[at + 1], int.from_bytes(raw[at + 2 : at + 4], "big")
        if marker in FRAMES:
            return struct.unpack(">HH", raw[at + 5 : at + 9])
        at += 2 + max(2, length)
    return ()


def _webp(raw: bytes) -> tuple[int, ...]:
    form = raw[12:16]
    if form == b"VP8X" and len(raw) >= 30:
        return int.from_bytes(raw[24:27], "little") + 1, int.from_bytes(raw[27:30], "little") + 1
    if form == b"VP8L" and len(raw) >= 25:
        bits = int.from_bytes(raw[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if form == b"VP8 ":
        return tuple(each & 0x3FFF for each in struct.unpack("<HH", raw[26:30]))
    return ()
