"""Without what nobody sees (看不见的字符): controls, directions, zero widths; both platforms' words leave through here."""

from __future__ import annotations

import re
import unicodedata

_DROPPED = frozenset({"Cc", "Cf", "Cs"})
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u3164\ufe00-\ufe0e\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff"
    "\ufdd0-\ufdef"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
"""Letters and marks that Unicode shows as nothing, and what it promises never to make a character of. Any other code
point that this Python does not know yet is a new picture or a rare name, and stays."""

_ZERO_WIDTH_JOINER, _EMOJI_SELECTOR = "\u200d", "\ufe0f"
_EMOJI = frozenset({"So", "Sk"})
_NEW_EMOJI = range(0x1F000, 0x20000)
_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029\v\f]")


def clean(text: str) -> str:
    """The text without control, direction and zero-width characters; line breaks become ``\\n``, tabs stay.

    The zero-width joiner stays between two emoji, where it makes one picture of them, and the emoji selector U+FE0F.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _INVISIBLE.sub("", _BREAKS.sub("\n", text))
    kept: list[str] = []
    for at, char in enumerate(text):
        if char == _ZERO_WIDTH_JOINER:
            if kept and _is_emoji(kept[-1]) and _is_emoji(text[at + 1 : at + 2]):
                kept.append(char)
        elif char in "\n\t" or unicodedata.category(char) not in _DROPPED:
            kept.append(char)
    return "".join(kept)


def _is_emoji(char: str) -> bool:
    return bool(char) and (
        char == _EMOJI_SELECTOR or ord(char) in _NEW_EMOJI or unicodedata.category(char) in _EMOJI
    )
