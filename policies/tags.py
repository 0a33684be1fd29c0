"""标签 (tags): 【重要】【紧急】 in front of a text, however they are typed; and texts without invisible tricks.

Everything here takes one pass: no pattern that could backtrack, and a tag is looked for in the head only.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from policies import confusables
from policies.model import Tag

HEAD = 200
"""A tag that begins later than this is no prefix."""

LONGEST_NAME = 32
MOST_MARKS = 4
"""Combining marks kept on one character; no script needs more, and a tower of them covers other lines."""

CANONICAL = {Tag.IMPORTANT: "【重要】", Tag.URGENT: "【紧急】"}
ORDER = (Tag.IMPORTANT, Tag.URGENT)

_ANSI = re.compile(
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)?|\x1b[0-Z\\\\^-~]?"
)
"""Terminal control sequences; the classes of its parts are disjoint, so it never looks twice."""

_LINE_ENDS = str.maketrans(
    {"\u2028": "\n", "\u2029": "\n", "\x85": "\n", "\x0b": "\n", "\x0c": "\n", "\r": "\n"}
)
_IGNORABLE = frozenset(
    chr(code) for first, last in confusables.DEFAULT_IGNORABLE for code in range(first, last + 1)
)
_ZWJ, _VS16 = "\u200d", "\ufe0f"
_OPEN, _CLOSE, _ROUND_OPEN, _ROUND_CLOSE = "[", "]", "(", ")"
_PICTURES = ((0x1F000, 0x1FAFF), (0x2190, 0x21FF), (0x2300, 0x23FF), (0x2460, 0x27BF), (0x2900, 0x2BFF))
_SINGLE_PICTURES = frozenset("#*0123456789©®\u203c\u2049\u2122\u2139\u3030\u303d\u3297\u3299")


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedTag:
    """What stands in front of a text.

    Attributes:
        rest: the text behind the tag, mentions in front of it kept; the whole text when there is no tag.
        raw: the tag as it was typed, ``""`` when there is none.
        is_exact: written exactly 【重要】 or 【紧急】, so nothing needs rewriting; true without a tag.
    """

    tags: frozenset[Tag]
    rest: str
    raw: str = ""
    is_exact: bool = True


def parse(text: str) -> ParsedTag:
    """Read the tags in front of ``text``; words inside a sentence (这件事很重要) are none."""
    head = _Head.of(text)
    head.skip_lead()
    start = head.index()
    tags = head.bracketed() or head.bare()
    if not tags:
        return ParsedTag(tags=frozenset(), rest=text)
    end = head.index()
    raw = text[start:end].strip()
    left = raw
    for written in CANONICAL.values():
        left = left.replace(written, "")
    return ParsedTag(
        tags=frozenset(tags),
        rest=head.mentions_in_front(text) + text[end:].lstrip(),
        raw=raw,
        is_exact=not left.strip(),
    )


def shown(tags: frozenset[Tag]) -> str:
    """The tags as the bot writes them, 【重要】 first."""
    return "".join(CANONICAL[tag] for tag in ORDER if tag in tags)


def skeleton(text: str) -> str:
    """What is left for comparing: folded forms, no marks, no spaces, no punctuation, no invisible characters."""
    return "".join(
        folded
        for character in text
        for folded in _folded(character)
        if not folded.isspace() and unicodedata.category(folded)[0] not in "PS"
    )


def clean(text: str) -> str:
    """``text`` without control and invisible characters; line ends become ``\\n``.

    Kept: newline, tab, the joiner inside an emoji sequence and the emoji variation selector behind one.
    """
    if text.isascii() and text.isprintable():
        return text
    text = _ANSI.sub("", text).replace("\r\n", "\n").translate(_LINE_ENDS)
    kept: list[str] = []
    marks = 0
    for here, character in enumerate(text):
        if character == _ZWJ:
            if _is_picture_behind(kept) and here + 1 < len(text) and _is_picture(text[here + 1]):
                kept.append(character)
            continue
        if character == _VS16:
            if kept and _is_picture(kept[-1]):
                kept.append(character)
            continue
        category = unicodedata.category(character)
        if character in _IGNORABLE or (category in {"Cc", "Cf", "Cs"} and character not in "\n\t"):
            continue
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(character)
    return "".join(kept)


def one_line(name: str, limit: int = LONGEST_NAME) -> str:
    """A name or title fit to stand inside a sentence: one line, at most ``limit`` characters, cut with …"""
    line = " ".join(clean(name[: limit * 32]).split())
    if len(line) <= limit:
        return line
    return line[: limit - 1].rstrip(f" {_ZWJ}") + "…"


# ── reading the head ──────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class _Head:
    """The first characters, folded, each with its place in the text; ``at`` moves on and never far back."""

    tokens: list[tuple[int, str]]
    length: int
    at: int = 0
    mentions: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, text: str) -> _Head:
        tokens: list[tuple[int, str]] = []
        for place, character in enumerate(text[:HEAD]):
            tokens.extend((place, _bracket(folded)) for folded in _folded(character))
        return cls(tokens, min(len(text), HEAD))

    def peek(self, ahead: int = 0) -> str:
        place = self.at + ahead
        return self.tokens[place][1] if 0 <= place < len(self.tokens) else ""

    def index(self) -> int:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else self.length

    def skip_lead(self) -> None:
        """Step over ornaments and mentions; a mention is kept for the rest."""
        first = last = 0
        while (sign := self.peek()) and (sign == "@" or sign.isspace() or _is_symbol(sign)):
            begin = self.index()
            self.at += 1
            if sign == "@":
                while self.peek() and not self.peek().isspace() and self.peek() not in "[(":
                    self.at += 1
                first = first if last else begin
                last = self.index()
        self.mentions = (first, last)

    def mentions_in_front(self, text: str) -> str:
        first, last = self.mentions
        written = text[first:last].strip()
        return f"{written} " if written else ""

    def bracketed(self) -> set[Tag]:
        """All bracketed tags from here on; ``at`` stands behind the last one."""
        found: set[Tag] = set()
        while tags := self._one_bracketed():
            found |= tags
            place = self.at
            while self.peek() and self.peek() in confusables.BETWEEN:
                self.at += 1
            if self.peek() not in {_OPEN, _ROUND_OPEN}:
                self.at = place
                break
        return found

    def _one_bracketed(self) -> set[Tag]:
        begin, opened = self.at, ""
        while self.peek() and (self.peek() in "[(" or (opened and self.peek().isspace())):
            opened = self.peek() if not self.peek().isspace() else opened
            self.at += 1
        tags = self._words() if opened else set()
        if tags and self._closes(opened):
            return tags
        self.at = begin
        return set()

    def _words(self) -> set[Tag]:
        """Tag words and fillers from here on; none when something else stands among them."""
        tags: set[Tag] = set()
        while True:
            place = self.at
            self._skip_loose()
            for word, tag in confusables.TAG_WORDS.items():
                if self._take(word):
                    tags.add(Tag(tag))
                    break
            else:
                if not any(self._take(filler) for filler in confusables.FILLERS):
                    if self.peek() not in {_CLOSE, _ROUND_CLOSE}:
                        self.at = place
                    return tags

    def _take(self, word: str) -> bool:
        """``word`` with nothing but spaces and ornaments between its characters."""
        begin = self.at
        for nth, character in enumerate(word):
            if nth:
                self._skip_loose()
            if self.peek() != character:
                self.at = begin
                return False
            self.at += 1
        return True

    def _skip_loose(self) -> None:
        while (sign := self.peek()) and (sign.isspace() or _is_symbol(sign)):
            self.at += 1

    def _closes(self, opened: str) -> bool:
        """Step over the closing brackets; an unclosed one counts when the word does not go on.

        A round one without its partner needs a space behind the word: （重要 明天停电.
        """
        if self.peek() and self.peek() in "])":
            while self.peek() and self.peek() in "])":
                self.at += 1
            return True
        if self.peek() in confusables.CONTINUES or (opened == _ROUND_OPEN and not self.peek().isspace()):
            return False
        for ahead in range(12):
            if self.peek(ahead) in {_OPEN, _ROUND_OPEN, "\n"}:
                break
            if self.peek(ahead) in {_CLOSE, _ROUND_CLOSE}:
                return False
        return True

    def bare(self) -> set[Tag]:
        """``重要！``, ``*重要*``, ``重要】``: without an opening bracket, but set off from the sentence."""
        found: set[Tag] = set()
        while True:
            begin = self.at
            fence = self.tokens[begin - 1][1] if begin else ""
            word = next((each for each in confusables.BARE_WORDS if self._take(each)), "")
            end = self.peek()
            fenced = end in confusables.FENCES and end == fence
            if not word or not end or not (end in confusables.BARE_ENDS or end in "])" or fenced):
                self.at = begin
                return found
            while self.peek() and (self.peek() == end or self.peek() in confusables.BARE_ENDS):
                self.at += 1
            found.add(Tag(confusables.TAG_WORDS[word]))


def _folded(character: str) -> str:
    """One character in its compared form: ``""`` for what shows nothing of its own."""
    if character in _IGNORABLE:
        return ""
    category = unicodedata.category(character)
    if category in {"Cf", "Mn", "Me", "Cs"} or (category == "Cc" and not character.isspace()):
        return ""
    folded = unicodedata.normalize("NFKC", character).casefold()
    if len(folded) == 1:
        return confusables.SAME_LOOK.get(folded, folded)
    return "".join(
        confusables.SAME_LOOK.get(each, each) for each in folded if not unicodedata.combining(each)
    )


def _bracket(character: str) -> str:
    if character in confusables.OPENS:
        return _OPEN
    if character in confusables.CLOSES:
        return _CLOSE
    if character in confusables.ROUND_OPENS:
        return _ROUND_OPEN
    if character in confusables.ROUND_CLOSES:
        return _ROUND_CLOSE
    return character


def _is_symbol(character: str) -> bool:
    return character not in "[]()@" and unicodedata.category(character)[0] in "PS"


def _is_picture(character: str) -> bool:
    code = ord(character)
    return character in _SINGLE_PICTURES or any(first <= code <= last for first, last in _PICTURES)


def _is_picture_behind(kept: list[str]) -> bool:
    if kept and kept[-1] == _VS16:
        return len(kept) > 1 and _is_picture(kept[-2])
    return bool(kept) and _is_picture(kept[-1])
