"""People's words on their way out (文字): what they typed is shown, and never becomes a mention or markup.

DingTalk documents no escape character, neither for its markdown subset nor for card variables, so what could
be read as syntax leaves as its full-width twin (``[`` as ``［``). Addresses of http and https
stay pressable: inside them the same characters are percent-encoded instead.
https://open.dingtalk.com/document/development/robot-message-type (markdown subset, read 2026-11)
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters import unseen

_Change = Callable[[str, bool], str]

NAME_CHARS = 32
"""Longest name of a person or group that we show; longer ones end in an ellipsis."""

_URL = re.compile(r"(?<![A-Za-z0-9+.\-])(https?://[A-Za-z0-9\-._~:/?#@!$&'()*+,;=%]+)", re.IGNORECASE)
_IN_URL = {"@": "%40", "$": "%24", "*": "%2A", "~": "%7E", "`": "%60"}
_URL_ENTITY = re.compile(r"(&#?\w+);")

_SCHEME = re.compile(r"(?<![A-Za-z0-9+.\-])([A-Za-z0-9+.\-]*):(?=//)")
"""Looking behind keeps every search linear: a run of letters is tried from its beginning only."""

_BARE_SCHEME = re.compile(
    r"(?<![A-Za-z0-9])(javascript|vbscript|data|dingtalk|dtmd|lark|feishu|weixin|intent|mailto|tel|sms|file)(\s*):",
    re.IGNORECASE,
)
_ENTITY = re.compile(r"&(?=#|\w+;|lt|gt|amp|quot)", re.IGNORECASE)
_MAIL = re.compile(
    r"(?<![A-Za-z0-9._%+\-])[A-Za-z0-9._%+\-]+@(?!all|everyone)[A-Za-z0-9\-]+(?:\.[A-Za-z0-9\-]+)+",
    re.IGNORECASE,
)

_BLOCK_START = re.compile(
    r"^( *)(#+|>|[-+](?=\s|-|$)|=(?==*\s*$)|\d{1,9}[.)](?=\s|$)|(?<= {4})(?=\S))", re.MULTILINE
)
"""Block syntax of markdown: headings, quotes, lists, rules, code; it counts only at the beginning of a line."""

_INLINE = re.compile(r"[*`~\[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")


def clean(text: str) -> str:
    """Without what nobody sees; a tab is a blank."""
    return unseen.clean(text).replace("\t", " ")


def plain(text: str) -> str:
    """For a ``sampleText`` message: no tag, no typed mention, no link but http and https."""
    return _outside_urls(clean(text), _disarm)


def inert(text: str) -> str:
    """For a card variable or a markdown message: as ``plain``, and no markdown either."""
    return _outside_urls(clean(text), _flatten)


def line(text: str) -> str:
    """``inert``, on one line: titles, hints, labels."""
    return " ".join(inert(text.replace("\n", " ")).split())


def name(text: str) -> str:
    """A person's or group's own name: one inert line of at most ``NAME_CHARS`` characters."""
    shown = line(text)
    return shown if len(shown) <= NAME_CHARS else shown[: NAME_CHARS - 1] + "…"


def markdown(title: str, text: str) -> str:
    """A markdown message with a heading; a line break wants two blanks on both sides."""
    body = inert(text).replace("\n", "  \n  ")
    return f"#### {line(title)}  \n  {body}" if title else body


def cut(text: str, size_bytes: int) -> str:
    """At most so many bytes of UTF-8, never half a character."""
    return text[:size_bytes].encode()[:size_bytes].decode(errors="ignore")


def _outside_urls(text: str, change: _Change) -> str:
    parts = _URL.split(text)
    return "".join(_address(part) if at % 2 else change(part, at == 0) for at, part in enumerate(parts))


def _address(url: str) -> str:
    """A web address in which nothing can be mistaken for syntax."""
    scheme, colon, rest = url.partition(":")
    for char, code in _IN_URL.items():
        rest = rest.replace(char, code)
    rest = _URL_ENTITY.sub(r"\1%3B", rest)
    rest = _SCHEME.sub(lambda m: m[0] if m[1].lower() in {"http", "https"} else f"{m[1]}%3A", rest)
    return scheme + colon + rest


def _disarm(text: str, _at_start: bool) -> str:
    text = text.replace("<", _wide("<")).replace("${", _wide("$") + "{")
    text = _ENTITY.sub(_wide("&"), text)
    text = _SCHEME.sub(lambda m: m[1] + _wide(":"), text)
    text = _BARE_SCHEME.sub(lambda m: m[1] + m[2] + _wide(":"), text)
    return _typed_mentions(text)


def _typed_mentions(text: str) -> str:
    """Every at sign that is not part of a mail address is widened."""
    pieces: list[str] = []
    end = 0
    for mail in _MAIL.finditer(text):
        pieces += [text[end : mail.start()].replace("@", _wide("@")), mail[0]]
        end = mail.end()
    return "".join([*pieces, text[end:].replace("@", _wide("@"))])


def _flatten(text: str, at_start: bool) -> str:
    text = _INLINE.sub(lambda m: _wide(m[0]), _disarm(text, at_start))
    guard = "" if at_start else "\0"  # behind an address we are not at the beginning of a line
    return _BLOCK_START.sub(lambda m: _indent(m[1]) + _wide(m[2]), guard + text).removeprefix(guard)


def _indent(blanks: str) -> str:
    """Four blanks would make code of a line: they become ideographic spaces, which are as wide as two."""
    return "\u3000" * (len(blanks) // 2) if len(blanks) > 3 else blanks


def _wide(text: str) -> str:
    """ASCII punctuation as its full-width twin; digits and blanks stay."""
    return "".join(
        chr(ord(char) + 0xFEE0) if "!" <= char <= "~" and not char.isalnum() else char for char in text
    )
