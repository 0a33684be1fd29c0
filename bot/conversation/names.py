"""人名 (names): namesakes, slips of one character, 王姐 and 老陈: candidates to choose from, never a choice made."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from policies.model import Person

_COMPOUND = (
    "欧阳",
    "司马",
    "上官",
    "诸葛",
    "东方",
    "皇甫",
    "尉迟",
    "公孙",
    "慕容",
    "司徒",
    "令狐",
    "夏侯",
    "端木",
    "长孙",
    "宇文",
    "南宫",
)
_SINGLE = frozenset(
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋甘景薄单包柏宁柯阮桂闵解强柴华车冉房边辜"
)  # fmt: skip
_TITLES = "姐|哥|总|工|老师|经理|主任|叔|姨|师傅|同学|主管|部长|科长|处长|院长|博士|老板|董|律师|医生|教授|队长|厂长|组长|大哥|大姐|爷|妹|弟"
_SURNAME = rf"(?:{'|'.join(_COMPOUND)}|[\u4e00-\u9fff])"
_ADDRESS = re.compile(rf"(?:[小老阿大](?P<a>{_SURNAME})|(?P<b>{_SURNAME})(?:{_TITLES}))")
_DOTS = str.maketrans("", "", "·•・‧∙．.⋅●  \u00b7")

NEAR = 3
"""How many similar names are shown."""

_SHORT_CUT_OFF = 75
"""Names of two characters differ in one so often that they must also sound alike: 王方 → 王芳."""


def surname_in(written: str) -> str:
    """The surname inside 王姐, 老陈, 沈总, 小何; ``""`` for what is no form of address."""
    found = _ADDRESS.fullmatch(written)
    if found is None:
        return ""
    surname = found["a"] or found["b"]
    return surname if surname in _SINGLE or surname in _COMPOUND else ""


def is_address(written: str) -> bool:
    return bool(surname_in(written))


def folded(name: str) -> str:
    """The form in which names are the same: 阿卜杜拉·买买提 however the dot is typed; wide and narrow letters."""
    return unicodedata.normalize("NFKC", name).translate(_DOTS).casefold()


def same(written: str, people: Iterable[Person]) -> tuple[Person, ...]:
    """Those of this very name, dots and widths aside."""
    wanted = folded(written)
    return tuple(person for person in people if folded(person.name) == wanted) if wanted else ()


def addressed(written: str, people: Iterable[Person]) -> tuple[Person, ...]:
    """Who may be meant by a form of address, or by a given name alone (小满)."""
    surname = surname_in(written)
    wanted = folded(written)
    return tuple(
        person
        for person in people
        if (surname and person.name.startswith(surname))
        or (2 <= len(wanted) < len(folded(person.name)) and folded(person.name).endswith(wanted))
        or ("·" in person.name and wanted and folded(person.name.partition("·")[0]) == wanted)
    )


def near(written: str, known: Iterable[str]) -> tuple[str, ...]:
    """Names one character off or of the same sound, the most similar first."""
    wanted = folded(written)
    if not 2 <= len(wanted) <= 24:
        return ()
    close = [name for name in dict.fromkeys(known) if _is_one_off(wanted, folded(name))]
    if not close:
        return ()
    scored = sorted((-_likeness(wanted, folded(name)), name) for name in close)
    return tuple(name for score, name in scored if len(wanted) > 2 or -score >= _SHORT_CUT_OFF)[:NEAR]


def _likeness(one: str, other: str) -> float:
    from rapidfuzz import fuzz

    from bot.conversation.nearest import sound_of

    return fuzz.ratio(sound_of(one), sound_of(other))


def _is_one_off(one: str, other: str) -> bool:
    """At most one character changed, missing, added or swapped with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, other_rest = one[start:], other[start:]
    if rest[1:] == other_rest[1:] or rest[1:] == other_rest or rest == other_rest[1:]:
        return True
    return rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:]
