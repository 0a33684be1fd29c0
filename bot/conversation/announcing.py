"""要发的话 (announcing): sentences that hand over an announcement: 通知研发部：…, 提醒张伟交发票, @李想 ….

With a colon the words in front of it are the audience. Without one, the audience must be known: a department, group or
person of the directory, 全员, or a form of address; and a question is never an announcement.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.conversation import names, time_words
from bot.conversation.intents import Announce, Ask, Wish

Known = Callable[[str], bool]
"""Whether these very words name a department, group or person."""

COMPANY = ("全公司", "全体同事", "全体员工", "全体成员", "全体人员", "全体", "全员", "所有人", "所有同事", "公司全员", "大家伙", "大家", "各位同事", "各位", "所有员工", "公司")  # fmt: skip
OWN = ("我们部门", "咱们部门", "咱部门", "本部门", "我部门", "部门里", "我们组", "咱们组", "我们部", "我们团队", "部门同事", "部门")  # fmt: skip

LONGEST_NAME = 24
LONGEST_AUDIENCE = 60

_POLITE = (
    r"(?:那个|[嗯呃额诶哎]|驿站|小驿|你好|您好|老师|[…\.。，,！!\s～~])*+"
    r"(?:请问一?下?|请|麻烦你?们?|劳驾|烦请|(?:帮|替|给)我(?!们)|帮忙|帮个忙|能不能|可以|可不可以|能|我想要?|我要|想|要|现在|立刻|马上|先|[，,\s])*+"
)
"""Possessive, like all repetition here that something must follow: nothing is looked at twice."""

_A_FEW = r"(?:一下子?|一下|下|一声|声|个|一个|条|一条|份|则|一则|一|句|一句)?"
_THING = r"(?:全员)?(?:通知|公告|消息|信息|提醒)"
_BEGIN = re.compile(rf"\s*{_POLITE}")
_COLON = re.compile(r"(?<!飞书)(?<!钉钉)(?<!feishu)(?<!dingtalk)(?:[：:](?!\d)|(?<!\d)[：:])")
_AS_FOLLOWS = re.compile(r"^(?:内容)?(?:如下|内容|是|为)?$")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Verb:
    """A way to begin; ``tail`` are the words that may stand between audience and text."""

    pattern: re.Pattern[str]
    kind: str = "any"
    tail: re.Pattern[str] = re.compile("")
    fixed: bool = False
    needs_tail: bool = False


_SAY = re.compile(
    rf"\s*(?:里|里面|内)?(?:都|再)?(?:发|说|讲|通知|提醒|宣布|转告|知会|带个?话|吱){_A_FEW}(?:{_THING})?{_A_FEW}\s*[，,]?\s*(?:说|就说)?(?![好过了的不完到话清得起])"
)
_TOLD = re.compile(r"\s*[，,]?\s*(?:说|让他们|就说)?")

_VERBS: tuple[_Verb, ...] = (
    _Verb(kind="company", fixed=True, pattern=re.compile(rf"(?:群?发)?(?:给|到)?(?:全员|全公司){_A_FEW}(?:发{_A_FEW})?(?:公告|通知|消息)?")),
    _Verb(kind="department", pattern=re.compile(rf"(?:发部门|部门公告|部门通知|给部门发{_A_FEW}{_THING}?)")),
    _Verb(kind="group", pattern=re.compile(r"(?:发群|群公告|群通知)(?:到|给)?")),
    _Verb(kind="any", tail=_TOLD, pattern=re.compile(rf"(?:群?发|再发|补发|转发|发布){_A_FEW}{_THING}{_A_FEW}\s*[，,]?\s*(?:给|到|在|去|至)?")),
    _Verb(kind="any", tail=_TOLD, pattern=re.compile(rf"(?:通知|公告|提醒|告知|告诉|转告|知会|传达|叮嘱|嘱咐){_A_FEW}(?:给|到)?(?!我(?!们)|你|您)")),
    _Verb(kind="any", tail=_TOLD, pattern=re.compile(r"(?:把|将)?(?:这个|这条|以下|下面的?)?(?:通知|公告|消息|内容)?(?:转?发给|转?发到|发在|发去|群发给|发一?下给?)")),
    _Verb(kind="any", tail=_SAY, needs_tail=True, pattern=re.compile(r"(?:给|跟|和|同|对|向|在|往|到|去)(?!我(?!们)|你|您)")),
    _Verb(kind="any", needs_tail=False, pattern=re.compile(r"(?:让|叫)(?!我(?!们)|你|您)")),
)  # fmt: skip
"""Tried in order."""

_PEOPLE = re.compile(
    r"(?:\s*的)?\s*(?:各位|全体|所有|全部)?(?:的)?(?:同事|同学|小伙伴|伙伴|成员|员工|人员|兄弟|朋友|老师|所有人|全体|大伙|人)(?:们)?(?=$|[^\u4e00-\u9fff]|说|讲|发)|(?:们)(?=[\s：:，,])"
)
_AND = re.compile(r"\s*(?:、|和|跟|与|及|以及|还有|,|，)\s*[@＠]?")
_SHAPED = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9]{1,10}?(?:事业部|分公司|办公室|工厂|中心|部门|[部组群])(?=[\s，,：:]|$)"
)
_MENTION = re.compile(r"[@＠]\s?([^\s@＠，,。；;：:！!？?、]{1,20})")
_ASKING = re.compile(r"(?:吗|呢|么|没有|不|没)\s*[。.!！~～]*$|[？?]\s*$")
_NOT_A_TEXT = re.compile(
    r"(?:的(?!同事|话)|了|过|吗|人|群|有没有|还是|是不是|是否|已经|太|发(?:了|过|出)|没|那个会|会不会|怎么|什么|为什么|为啥|谁|时(?:候)?要)"
)
_NOT_A_NAME = re.compile(
    r"什么|怎么|为什么|时候|已经|了(?:吗|没)|看了|发了|是不是|有没有|如何|多少|为啥|几点|哪里|[？?！!。；;]"
)


def read(said: str, prefix: str, known: Known) -> Announce | Ask | None:
    """The announcement that ``said`` hands over, or the wish to write one (发通知, 通知研发部).

    Args:
        said: without its tags.
        prefix: the tags as written; they go back in front of the text.
    """
    when, rest = _timed(said)
    found = _commanded(rest, known) or (None if prefix else _mentioned(rest, known))
    if isinstance(found, Ask):
        return replace(found, when=when)
    if found is None:
        return _scheduled(when, rest)
    text, later = _later(found.text) if not when else (found.text, "")
    return replace(found, text=prefix + text, when=when or later)


# ── when to send ──────────────────────────────────────────────────────────────────────────────────

_TIMER = re.compile(rf"\s*{_POLITE}(?:(?:定时|预约|设(?:个)?定时)[，,：:\s]*(?:在|到)?)?\s*")
_AGAIN = re.compile(r"\s*(?:的时候)?[，,]?\s*(?:再|就|准时|给我|定时)*\s*")
_STARTS = re.compile(
    rf"{_POLITE}(?:群?发|通知|公告|提醒|告知|告诉|转告|知会|给|跟|和|同|对|向|在|让|叫|@|＠|部门公告|群公告|全员)"
)
_AT_END = re.compile(
    r"[\s，,。;；]*[（(【\[]\s*(?:定时)?(?P<a>[^（）()【】\[\]]{2,24}?)(?:再|就|准时|定时)?(?:发送|发出|发|推送|推)(?:吧|哈|就行|就好|出去|即可)*[）)】\]]\s*[。.！!]*$"
    r"|[\s，,。;；]+(?:(?:定时|等到?)(?P<b>[^，,。;；]{2,24}?)(?:再|就)?|(?P<c>[^，,。;；]{2,24}?)(?:再|定时))(?:发送|发出|发|推送|通知|提醒)(?:吧|哈|就行|就好|出去|即可|他们|大家)*\s*[。.！!）)]*$"
)


def _timed(said: str) -> tuple[str, str]:
    """A time in front of the command is when to send: 明早九点再通知…"""
    begin = _TIMER.match(said)
    start = begin.end() if begin else 0
    phrase = time_words.phrase_at(said, start)
    if phrase is None or phrase.is_deadline or phrase.until is not None:
        return "", said
    again = _AGAIN.match(said, phrase.end)
    end = again.end() if again else phrase.end
    if not _STARTS.match(said, end):
        return "", said
    return said[phrase.start : phrase.end], said[end:]


def _later(text: str) -> tuple[str, str]:
    """A time behind the text, in brackets or with 再: （明早九点再发）."""
    found = _AT_END.search(text, max(0, len(text) - 40))
    if found is None:
        return text, ""
    words = next(filter(None, found.groups()), "")
    phrase = next(iter(time_words.phrases(words)), None)
    if (
        phrase is None
        or phrase.is_deadline
        or words[: phrase.start].strip()
        or words[phrase.end :].strip("的 ")
    ):
        return text, ""
    kept = text[: found.start()].rstrip(" ，,；;")
    return (kept, words[phrase.start : phrase.end]) if kept else (text, "")


_WRITING = re.compile(
    rf"\s*{_POLITE}发{_A_FEW}(?P<text>.{{0,30}}?(?:计划|通知|公告|消息|安排|名单|方案|总结|制度|提醒|邀请))\s*[。！!～~]*$"
)


def _scheduled(when: str, rest: str) -> Ask | None:
    """元旦后第一个工作日发年度计划: when and what, but not yet to whom."""
    found = _WRITING.match(rest) if when else None
    return Ask(wish=Wish.COMPOSE, when=when, text=found["text"].strip()) if found else None


# ── the audience ──────────────────────────────────────────────────────────────────────────────────


def _commanded(said: str, known: Known) -> Announce | Ask | None:
    begin = _BEGIN.match(said)
    start = begin.end() if begin else 0
    for verb in _VERBS:
        match = verb.pattern.match(said, start)
        if match is None:
            continue
        found = _with_colon(said, match.end(), verb) or _without_colon(said, match.end(), verb, known)
        if found is not None:
            return found
    return None


def _with_colon(said: str, at: int, verb: _Verb) -> Announce | None:
    line_end = said.find("\n", at)
    colon = _COLON.search(said, at, min(at + LONGEST_AUDIENCE, line_end if line_end >= 0 else len(said)) + 1)
    if colon is None:
        return None
    to, text = said[at : colon.start()], said[colon.end() :].strip()
    if verb.needs_tail:
        tail = _last(verb.tail, to)
        if tail < 0:
            return None
        to = to[:tail]
    else:
        to = re.sub(r"\s*[，,]?\s*(?:说|就说|讲)?(?:一下|一声)?$", "", to)
    if not text or _NOT_A_NAME.search(to) or (verb.fixed and to.strip()):
        return None
    to = _bare(to)
    if _AS_FOLLOWS.match(to):
        to = ""
    if any(len(part) > LONGEST_NAME or time_words.phrase_at(part) for part in _AND.split(to)):
        return None
    if verb.fixed or to in COMPANY:
        return Announce(to="", kind="company", text=text)
    return _to(to, verb, text, is_explicit=True)


def _last(tail: re.Pattern[str], to: str) -> int:
    """Where the words begin that end the audience: 研发部|说一下."""
    for place in range(1, len(to)):
        if (found := tail.match(to, place)) and found.end() == len(to):
            return place
    return -1


def _bare(to: str) -> str:
    to = to.strip(" \t「」“”\"'，,、")
    end = _PEOPLE.search(to)
    if end and end.end() == len(to) and end.start():
        to = to[: end.start()]
    return re.sub(r"\s*[@＠]", "", to).strip(" 「」“”\"'")


def _without_colon(said: str, at: int, verb: _Verb, known: Known) -> Announce | Ask | None:
    if verb.fixed:
        audience, end = "全员", at
    else:
        audience, end = _audience(said, at, known)
    if not audience:
        return None
    end = next((one.end() for one in (_PEOPLE.match(said, end),) if one), end)
    tail = verb.tail.match(said, end)
    if verb.needs_tail and tail is None:
        return None
    end = tail.end() if tail else end
    text = said[end:].lstrip(' \t，,：:、。.…\n"“').strip()
    if verb.fixed and end < len(said) and said[end] not in " \t，,：:\n":
        return None
    if not text.strip("。.!！~～吧呗哈啊哦呀"):
        return Ask(wish=Wish.COMPOSE, about=audience) if verb.kind != "any" or _is_notice(said, at) else None
    if len(text) < 2 or _ASKING.search(text) or _NOT_A_TEXT.match(text):
        return None
    if audience in COMPANY:
        return Announce(to="", kind="company", text=text, is_explicit=False)
    return _to(audience, verb, text, is_explicit=False)


def _to(to: str, verb: _Verb, text: str, *, is_explicit: bool) -> Announce:
    """研发日常群 is the group 研发日常."""
    if len(to) > 1 and to.endswith("群"):
        return Announce(to=to.removesuffix("群"), kind="group", text=text, is_explicit=is_explicit)
    return Announce(to=to, kind=verb.kind, text=text, is_explicit=is_explicit)


def _is_notice(said: str, at: int) -> bool:
    return any(
        word in said[:at] for word in ("通知", "公告", "消息", "发给", "发到", "提醒", "告知", "转告")
    ) or said.rstrip("。吧呗").endswith(("通知", "公告", "消息"))


def _audience(said: str, at: int, known: Known) -> tuple[str, int]:
    """The names from ``at`` on, joined as they were written, and where they end."""
    begin = at + len(said[at:]) - len(said[at:].lstrip(' \t@＠“"「，,'))
    end = _name_end(said, begin, known)
    if end < 0:
        return "", at
    while joined := _AND.match(said, end):
        further = _name_end(said, joined.end(), known)
        if further < 0:
            break
        end = further
    written = said[begin:end].strip('“”"「」')
    after = end + 1 if said[end : end + 1] in '”"」' and end < len(said) else end
    return re.sub(r"\s*[@＠]", "", written), after


def _name_end(said: str, at: int, known: Known) -> int:
    for length in range(min(LONGEST_NAME, len(said) - at), 0, -1):
        words = said[at : at + length]
        if words in COMPANY or words in OWN or known(words) or (length <= 4 and names.is_address(words)):
            return at + length + (said[at + length : at + length + 1] == "群")
    shaped = _SHAPED.match(said, at)
    return shaped.end() if shaped and not _NOT_A_NAME.search(shaped[0]) else -1


def _mentioned(said: str, known: Known) -> Announce | None:
    """@李想 @赵小满 下午把PPT发我: only mentions in front, and words behind them."""
    begin = _BEGIN.match(said)
    at = begin.end() if begin else 0
    found: list[str] = []
    while match := _MENTION.match(said, at):
        name = match[1]
        length = next(
            (n for n in range(len(name), 0, -1) if known(name[:n]) or name[:n] in COMPANY), len(name)
        )
        found.append(name[:length])
        at = match.start(1) + length
        while at < len(said) and said[at] in " \t、，,和":
            at += 1
    text = said[at:].strip()
    if not found or len(text) < 2 or _ASKING.search(text) or _NOT_A_TEXT.match(text):
        return None
    if any(name in COMPANY for name in found):
        return Announce(to="", kind="company", text=text, is_explicit=False)
    return Announce(to="、".join(found), kind="any", text=text, is_explicit=False)
