"""心愿 (wishes): the sentences that ask for something, by a table of patterns with slots."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.conversation import time_words
from bot.conversation.intents import Ask, Wish
from bot.conversation.wish_words import NO, PATTERNS, RECEIVED, THANKS, YES

LONGEST = 80
"""Characters of a sentence that may be a wish; longer ones are contents."""

_ENDS = " \t\r\n。.，,！!~～…、；;：:”“\"'（）()[]【】-—^_*#"
_PARTICLES = re.compile(
    r"(?:[吧呢啊呀哈哦噢喔啦嘛呗哇诶哎欸咯喽滴]|的说|谢谢你?|谢啦|多谢|感谢|辛苦了|麻烦了|拜托了?|3q|thx)+$"
)
_OPENERS = re.compile(
    r"^(?:(?:那个|那啥|嗯|额|呃|诶|哎|欸|喂|你好|您好|哈喽|hi|hello|驿站|小驿|机器人|亲|老师|大佬|不好意思|打扰一下?|打扰了)"
    r"(?![是的能会])[\s，,。.…！!~～、]*)+",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:(?:请问一?下?|请|麻烦你?|劳驾|烦请|帮我|帮忙|帮个忙|替我|给我|能不能|可不可以|可以帮我|能帮我|可否|能否|想问一?下?|问一?下|我想问)[，, ]*)+"
)
_WANTING = re.compile(r"^(?:(?:那就|那|就|还是|要不|要么|我|我们)?(?:要|想要?|需要|得|打算)?)")
_REPEATED = re.compile(r"^(.{1,3})\1+$")
_TOKENS = re.compile(r"[\s，,。.！!~～…、;；]+")
_PICTURE = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2190-\u21ff\u2300-\u23ff\u2b00-\u2bff\ufe0f\u200d]|\\[[\u4e00-\u9fff]{1,4}\\]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Core:
    """What is left of a sentence without courtesies, ornaments and the particles at its end.

    Attributes:
        asks: it ended with a question mark.
    """

    words: str
    asks: bool


def core(said: str) -> Core:
    bare = _PICTURE.sub("", said).strip()
    asks = bare.rstrip(_ENDS).endswith(("?", "？"))
    bare = bare.strip(_ENDS + "?？")
    opened = _OPENERS.sub("", bare)
    bare = opened if opened.strip(_ENDS) else bare
    polite = _POLITE.sub("", bare)
    bare = polite or bare
    while True:
        shorter = _PARTICLES.sub("", bare).strip(_ENDS)
        if shorter == bare or not shorter:
            return Core(words=bare, asks=asks)
        bare = shorter


def read(said: str) -> Ask | None:
    """The wish that the whole sentence is, if it is one."""
    if not said or len(said) > LONGEST:
        return None
    if not said.strip("?？ "):
        return Ask(wish=Wish.HELP)
    found = core(said)
    answer = _short_answer(said) or _short_answer(found.words)
    if answer is not None:
        return Ask(wish=answer)
    return _matched(found.words, said, found) or _matched(_WANTING.sub("", found.words), said, found)


def _matched(words: str, said: str, found: Core) -> Ask | None:
    alike = words.replace("您", "你")
    for wish, pattern in PATTERNS:
        match = pattern.fullmatch(alike)
        if match is None:
            continue
        slots: dict[str, str] = {}
        for name in match.groupdict():
            slot = name.partition("_")[0]
            slots[slot] = slots.get(slot) or words[slice(*match.span(name))].strip(_ENDS + "的")
        ask = _filled(wish, slots, said, found)
        if ask is not None:
            return ask
    return None


def _short_answer(said: str) -> Wish | None:
    """好的收到, 嗯嗯 就这样, 不用了谢谢: words of a small set and nothing else."""
    tokens = [token for token in _TOKENS.split(_PICTURE.sub(" ", said).strip(_ENDS).lower()) if token]
    if not tokens or len(tokens) > 5:
        return None
    meant: set[Wish] = set()
    for token in tokens:
        answer = _answer(token)
        if answer is not None:
            meant.add(answer)
        elif token.rstrip("啊呀哈哦啦嘛您你") in THANKS:
            meant.add(Wish.THANKS)
        else:
            return None
    return next(wish for wish in (Wish.NO, Wish.RECEIVED, Wish.YES, Wish.THANKS) if wish in meant)


def _answer(token: str) -> Wish | None:
    once = _REPEATED.sub(r"\1", token)
    for bare in (token, once, token.rstrip("吧呢啊呀哈哦噢啦嘛呗哇的滴了")):
        for wish, words in ((Wish.YES, YES), (Wish.NO, NO), (Wish.RECEIVED, RECEIVED)):
            if bare in words:
                return wish
    if token.startswith(("好", "嗯", "ok", "行")):
        return next((Wish.RECEIVED for word in RECEIVED if token.endswith(word) and len(token) <= 6), None)
    return None


def _filled(wish: Wish, slots: dict[str, str], said: str, found: Core) -> Ask | None:
    """The wish with its slots; a pattern whose time is none does not hold."""
    when = slots.get("when", "")
    if when:
        kept = _time_in(when)
        if not kept:
            return None
        when = kept
    if wish in _STATEMENTS and found.asks:
        return None
    text = slots.get("text", "")
    if wish is Wish.EDIT and text in said:
        text = said[said.rindex(text) :].strip() if text else ""
    return Ask(wish=wish, about=slots.get("about", ""), when=when, text=text)


_STATEMENTS = frozenset(
    {Wish.CANCEL, Wish.RECALL, Wish.RETIME, Wish.EDIT, Wish.PAUSE, Wish.RESUME, Wish.URGENT}
)
"""What changes something is not read from a question: 撤回了？"""


def _time_in(words: str) -> str:
    """The time that the slot is, with nothing of weight around it; ``""`` when there is none."""
    for phrase in time_words.phrases(words):
        left = words[: phrase.start] + words[phrase.end :]
        if len(left.strip(_ENDS + "再就发出去吧的好了是在到")) == 0:
            return words[phrase.start : phrase.end]
        return ""
    return ""
