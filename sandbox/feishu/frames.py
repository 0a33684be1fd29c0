"""帧 (frames): the protobuf message ``pbbp2.Frame`` of the long connection, written and read by hand.

Fields by number: 1 SeqID, 2 LogID, 3 service, 4 method (all four always on the
wire), 5 headers {1 key, 2 value}, 6 payload_encoding, 7 payload_type, 8 payload, 9 LogIDNew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

CONTROL = 0
DATA = 1
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_LONGEST_VARINT = 10


class BadFrame(ValueError):
    """Bytes that are no frame."""


@dataclass(slots=True, kw_only=True)
class Frame:
    """One WebSocket message. A key may stand several times in ``headers``; the first counts."""

    seq_id: int = 0
    log_id: int = 0
    service: int = 0
    method: int = CONTROL
    headers: list[tuple[str, str]] = field(default_factory=list)
    payload_encoding: str | None = None
    payload_type: str | None = None
    payload: bytes | None = None
    log_id_new: str | None = None

    def header(self, key: str) -> str | None:
        return next((value for name, value in self.headers if name == key), None)


def encode(frame: Frame) -> bytes:
    """The bytes of one binary message."""
    out = bytearray()
    for number, value in ((1, frame.seq_id), (2, frame.log_id), (3, frame.service), (4, frame.method)):
        out += _tag(number, _VARINT) + _varint(value)
    for key, text in frame.headers:
        out += _bytes(5, _bytes(1, key.encode()) + _bytes(2, text.encode()))
    if frame.payload_encoding is not None:
        out += _bytes(6, frame.payload_encoding.encode())
    if frame.payload_type is not None:
        out += _bytes(7, frame.payload_type.encode())
    if frame.payload is not None:
        out += _bytes(8, frame.payload)
    if frame.log_id_new is not None:
        out += _bytes(9, frame.log_id_new.encode())
    return bytes(out)


def decode(raw: bytes) -> Frame:
    """Raises ``BadFrame`` if a required field is missing or the bytes do not end well."""
    frame, seen = Frame(), set()
    for number, value in _fields(raw):
        seen.add(number)
        if number <= 4 and isinstance(value, int):
            _set_number(frame, number, value)
        elif number == 5 and isinstance(value, bytes):
            frame.headers.append(_header(value))
        elif number in (6, 7, 8, 9) and isinstance(value, bytes):
            _set_bytes(frame, number, value)
        elif number <= 9:
            raise BadFrame(f"field {number} has a wrong type")
    if not {1, 2, 3, 4} <= seen:
        raise BadFrame(f"required fields are missing: {sorted({1, 2, 3, 4} - seen)}")
    return frame


def _set_number(frame: Frame, number: int, value: int) -> None:
    if number == 1:
        frame.seq_id = value
    elif number == 2:
        frame.log_id = value
    elif number == 3:
        frame.service = _int32(value)
    else:
        frame.method = _int32(value)


def _set_bytes(frame: Frame, number: int, value: bytes) -> None:
    if number == 6:
        frame.payload_encoding = _text(value)
    elif number == 7:
        frame.payload_type = _text(value)
    elif number == 8:
        frame.payload = value
    else:
        frame.log_id_new = _text(value)


def _header(raw: bytes) -> tuple[str, str]:
    found = {number: value for number, value in _fields(raw) if isinstance(value, bytes)}
    if 1 not in found or 2 not in found:
        raise BadFrame("a header needs key and value")
    return _text(found[1]), _text(found[2])


def _fields(raw: bytes) -> list[tuple[int, int | bytes]]:
    found: list[tuple[int, int | bytes]] = []
    at = 0
    while at < len(raw):
        tag, at = _read_varint(raw, at)
        number, kind = tag >> 3, tag & 7
        if number == 0:
            raise BadFrame("field number 0")
        value: int | bytes
        if kind == _VARINT:
            value, at = _read_varint(raw, at)
        elif kind == _BYTES:
            length, at = _read_varint(raw, at)
            value, at = raw[at : at + length], at + length
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
            value, at = raw[at : at + length], at + length
        else:
            raise BadFrame(f"wire type {kind}")
        if at > len(raw):
            raise BadFrame("the bytes end in the middle of a field")
        found.append((number, value))
    return found


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    for _ in range(_LONGEST_VARINT):
        if at >= len(raw):
            raise BadFrame("the bytes end in the middle of a number")
        byte = raw[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
        shift += 7
    raise BadFrame("a number is too long")


def _int32(value: int) -> int:
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >= 1 << 31 else value


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadFrame("text is not UTF-8") from error


def _varint(value: int) -> bytes:
    value &= 0xFFFFFFFFFFFFFFFF
    out = bytearray()
    while True:
        byte = value & 0x7F
        value >>= 7
        if not value:
            out.append(byte)
            return bytes(out)
        out.append(byte | 0x80)


def _tag(number: int, kind: int) -> bytes:
    return _varint(number << 3 | kind)


def _bytes(number: int, value: bytes) -> bytes:
    return _tag(number, _BYTES) + _varint(len(value)) + value
