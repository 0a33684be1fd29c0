"""数词 (numerals): the small numbers people write in a sentence, 0–99, in digits or in characters."""

from __future__ import annotations

from collections.abc import Iterator

_DIGITS = "零一二三四五六七八九"

WIDE = {0xFF10 + n: str(n) for n in range(10)} | str.maketrans(
    "\u3000：／－（）～＠點週後兩號個鐘時間開會禮這來發", " :/-()~@点周后两号个钟时间开会礼这来发"
)
"""Wide and traditional forms of what a time is written with; one character for one, so places stay."""


def _names() -> Iterator[tuple[str, int]]:
    for n in range(100):
        tens, ones = divmod(n, 10)
        if tens == 0:
            yield _DIGITS[n], n
            yield f"零{_DIGITS[n]}", n
            continue
        tail = _DIGITS[ones] if ones else ""
        yield f"{_DIGITS[tens]}十{tail}", n
        if tens == 1:
            yield f"十{tail}", n


_TABLE = dict(_names()) | {"两": 2, "\u3007": 0, "俩": 2}

NUMERIC = "0123456789./-:第vV#"
"""Before a number these make it part of something longer: a version, an amount, a telephone number."""

CHINESE = "[零\u3007一二两俩三四五六七八九十]{1,3}"
NUMBER = rf"(?:[0-9]{{1,2}}|{CHINESE})"
"""A pattern for what ``read`` may understand; it takes at most three characters."""


def read(written: str) -> int | None:
    """``21``, ``二十一``, ``两``; ``None`` for what is no number of this table (``十十``)."""
    if written.isascii() and written.isdigit():
        return int(written)
    return _TABLE.get(written)
