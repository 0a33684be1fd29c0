"""抱怨 (complaints): of which class a complaint is, by a closed list with the words people use for each."""

from __future__ import annotations

import re

from policies import tags

_TABLE: tuple[tuple[str, str], ...] = (
    ("safety", (r"骚扰|猥亵|性侵|摸我|动手动脚|开黄腔|黄色笑话|不舒服的玩笑|玩笑我不舒服|霸凌|欺负我|孤立我|威胁我|恐吓|打我|被打|家暴|跟踪我|"
               r"自杀|自残|自伤|不想活|活不下去|想死|轻生|了结自己|伤害自己|抑郁|崩溃到|起火|着火|冒烟|漏电|漏气|爆炸|受伤|出人命|中毒|塌")),
    ("at-night", (r"(?:半夜|深夜|夜里|晚上|下班(?:后|了|以后)|周末|休息(?:日|时间)|节假日|凌晨).{0,10}(?:消息|通知|发|打扰|@|艾特|响|吵|找)|"
                 r"(?:消息|通知|@).{0,8}(?:半夜|深夜|夜里|晚上|下班后|周末|休息时间|凌晨)|下班.{0,4}(?:不得安宁|还要看)")),
    ("not-for-me", r"(?:和|跟|与|同)我(?:没|无)(?:有)?(?:啥|什么)?关系?|(?:和|跟|与)我无关|不关我的?事|跟我(?:们)?没关系|为什么.{0,4}(?:发|通知|@)我|发错人|不是(?:发)?给我的"),
    ("too-many", (r"(?:消息|通知|提醒|公告|推送|群消息|红点).{0,6}(?:太|过|好|真|这么|那么|特别|有点|非常|实在)?(?:多|频繁|密|吵|烦|轰炸)|(?:太|过于|好)(?:多|频繁)(?:的)?(?:消息|通知|提醒|公告)|"
                 r"少(?:发|推|提醒)(?:一?点|些)|能不能少发|别(?:老|一直|总)(?:发|提醒)|刷屏|轰炸|一天.{0,4}[几十0-9]+条|提醒(?:得)?(?:太|过)|没完没了|烦死")),
    ("hard-to-find", r"(?:文件|资料|文档|表格|模板|附件|东西|会议纪要|链接|录像|视频).{0,8}(?:找不到|不好找|难找|找半天|在哪|太乱|很乱|散|搜不到|找起来)|(?:找不到|不好找|难找|搜不到).{0,6}(?:文件|资料|文档|表格|模板|附件|纪要)|文件夹.{0,6}(?:乱|深|多)"),
    ("too-late", r"(?:消息|通知|公告|才).{0,6}(?:来得|来的|到得|到的|发得|收到得)?(?:太|好|很|这么)?(?:晚|迟|慢)|(?:晚|迟)了.{0,4}(?:才|通知)|第二天才(?:收到|看到|知道)|过期了才|开完会才"),
    ("unclear", r"(?:规则|规范|规定|要求|什么时候).{0,8}(?:看不懂|不懂|不明白|不清楚|搞不清|记不住|太复杂)|(?:看不懂|不明白|不清楚|搞不懂).{0,6}(?:规则|规范|怎么发|要求)|为什么(?:被|不让|要)(?:拦|发|审|等)"),
    ("cumbersome", r"(?:步骤|流程|手续|审核|审批|发(?:个|一条)?通知|操作).{0,6}(?:太|好|很|真)?(?:多|麻烦|繁琐|慢|复杂|费劲|啰嗦)|(?:太|好|真)(?:麻烦|繁琐|费劲|啰嗦)"),
    ("tool", r"(?:机器人|驿站|你|工具|软件|卡片|按钮|飞书|钉钉).{0,8}(?:不好用|难用|用不惯|不会用|听不懂|不理我|没反应|按不了|点不了|打不开|卡|崩)|(?:听不懂人话|答非所问)"),
)  # fmt: skip

_PATTERNS = tuple((name, re.compile(pattern)) for name, pattern in _TABLE)

SIGNED = frozenset({"署名", "实名"})
"""How people say that they will give their name."""
UNSIGNED = frozenset({"匿名"})
OTHER = "other"
SAFETY = "safety"
LONGEST = 4_000


def classes(text: str) -> tuple[str, ...]:
    """Every class the words belong to, in the order of the table; ``other`` when they belong to none."""
    said = _flat(text)
    return tuple(name for name, pattern in _PATTERNS if pattern.search(said)) or (OTHER,)


def is_safety(text: str) -> bool:
    """Somebody may be hurt: people come before any procedure."""
    return SAFETY in classes(text)


def sounds_like_one(text: str) -> bool:
    """Whether a sentence nobody asked for reads as a complaint of a known class; only proposed, never taken."""
    return classes(text) != (OTHER,)


def _flat(text: str) -> str:
    return re.sub(r"\s+", "", tags.clean(text[:LONGEST]))
