"""Text as pieces (文字片段): what people wrote stays text, and only what we recognise gets a look.

Nothing here makes markup: a template shows each piece escaped, in an element of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "bold", "italic", "strike", "code", "at", "me", "link"]

AT_ALL = "所有人"

NameOf = Callable[[str], str]
"""The name of a person's id, ``bot`` or ``all``; empty for somebody unknown."""


@dataclass(frozen=True, slots=True)
class Span:
    """``href`` is http or https only; it is empty for anything but a link."""

    text: str
    kind: Kind = "text"
    href: str = ""


_AT_TAG = re.compile(
    r"<at\s+(?:user_id|id|ids|atId|email)\s*=\s*[\"']?([^\"'>\s]+)[\"']?\s*>([^<]*)</at>"
    r"|<a\s+atId=[\"']?([^\"'>\s]+)[\"']?\s*>([^<]*)</a>"
)
_INLINE = re.compile(
    r"\*\*(?P<bold>[^*\n]+)\*\*|~~(?P<strike>[^~\n]+)~~|`(?P<code>[^`\n]+)`|(?<![*\w])\*(?P<italic>[^*\n]+)\*(?![*\w])"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<href>https?://[^)\s]+)\)"
)
_HEADING = re.compile(r"^#{1,6}\s+(.*)$")
_ITEM = re.compile(r"^(\s*)[-+*]\s+")


def of_text(
    text: str, mentions: Sequence[str], name_of: NameOf, *, me: str = "", also: Iterable[str] = ()
) -> list[Span]:
    """A plain message: mentions stand out; one that the text does not hold is put in front.

    Args:
        mentions: ids of people, ``bot`` or ``all``.
        me: whose eyes read it; a mention of them (or of all) looks different.
        also: more ids the text may mention by tag only.
    """
    pieces = _ats(text, name_of, me)
    names = {name_of(each): each for each in [*mentions, *also] if name_of(each)}
    written = "".join(piece.text for piece in pieces if piece.kind in ("at", "me"))
    for name, who in names.items():
        pieces = _highlight(pieces, "@" + name, _at_kind(who, me))
    missing = [
        Span("@" + name, _at_kind(who, me))
        for name, who in names.items()
        if who in mentions
        and "@" + name not in written
        and not any(p.kind in ("at", "me") and p.text == "@" + name for p in pieces)
    ]
    front = [piece for at in missing for piece in (at, Span(" "))]
    return [*front, *pieces]


def of_markdown(text: str, name_of: NameOf, *, me: str = "") -> list[list[Span]]:
    """The subset of markdown that cards and messages use: a list of lines, each of spans."""
    return [_line(line, name_of, me) for line in text.split("\n")]


def plain(text: str) -> str:
    """One line without tags or markdown, for the list of conversations."""
    flat = _AT_TAG.sub(lambda found: "@" + (found[2] or found[4] or found[1] or found[3] or ""), text)
    return " ".join(flat.split())


def _line(line: str, name_of: NameOf, me: str) -> list[Span]:
    heading = _HEADING.match(line)
    if heading:
        return [Span(heading[1], "bold")]
    line = _ITEM.sub(lambda found: found[1] + "• ", line)
    spans: list[Span] = []
    for piece in _ats(line, name_of, me):
        spans.extend(_inline(piece.text) if piece.kind == "text" else [piece])
    return spans


def _inline(text: str) -> list[Span]:
    spans: list[Span] = []
    end = 0
    for found in _INLINE.finditer(text):
        if found.start() > end:
            spans.append(Span(text[end : found.start()]))
        spans.append(_styled(found))
        end = found.end()
    return [*spans, Span(text[end:])] if end < len(text) else spans


def _styled(found: re.Match[str]) -> Span:
    if found["href"]:
        return Span(found["label"], "link", found["href"])
    for kind in ("bold", "strike", "code", "italic"):
        if found[kind]:
            return Span(found[kind], kind)
    return Span(found[0])


def _ats(text: str, name_of: NameOf, me: str) -> list[Span]:
    """The text cut at the platform's own mention tags."""
    spans: list[Span] = []
    end = 0
    for found in _AT_TAG.finditer(text):
        if found.start() > end:
            spans.append(Span(text[end : found.start()]))
        who = found[1] or found[3]
        name = name_of(who) or (found[2] or found[4] or who).removeprefix("@")
        spans.append(Span("@" + name, _at_kind(who, me)))
        end = found.end()
    return [*spans, Span(text[end:])] if end < len(text) else spans


def _at_kind(who: str, me: str) -> Kind:
    return "me" if me and who in (me, "all") else "at"


def _highlight(pieces: list[Span], words: str, kind: Kind) -> list[Span]:
    shown: list[Span] = []
    for piece in pieces:
        if piece.kind != "text" or words not in piece.text:
            shown.append(piece)
            continue
        first, *rest = piece.text.split(words)
        shown.extend([Span(first)] if first else [])
        for each in rest:
            shown.append(Span(words, kind))
            shown.extend([Span(each)] if each else [])
    return shown
