"""形近字 (confusables): tables of characters, so that what looks like a tag is read as one; no sentences."""

# ruff: noqa: RUF001  (look-alikes are what this page is about)

from __future__ import annotations

OPENS = frozenset("【〈‹«〖[「『〔《<{〘〚⟦⟨⟪❲❴❬❮⁅⦗｛［＜⌜⌈")
CLOSES = frozenset("】〉›»〗]」』〕》>}〙〛⟧⟩⟫❳❵❭❯⁆⦘｝］＞⌟⌉")
"""One class of brackets: which kind the author's keyboard gave is not what they mean."""

ROUND_OPENS = frozenset("(（⦅❨❪⸨｟")
ROUND_CLOSES = frozenset(")）⦆❩❫⸩｠")
"""Apart, since an unclosed one is usually an aside and not a tag."""

SAME_LOOK = {
    **dict.fromkeys("里童垂董锺偅", "重"),
    **dict.fromkeys("耍覀襾娶腰葽婹覅", "要"),
    **dict.fromkeys("緊\U000260b3竖坚堅", "紧"),
    **dict.fromkeys("忽怱忣㤂恖", "急"),
}
"""Characters people take for those of a tag, traditional forms and slips included."""

TAG_WORDS = {"重要": "important", "紧急": "urgent", "加急": "urgent", "特急": "urgent"}
"""Folded words; the first two may stand without brackets, the others only inside."""

BARE_WORDS = ("重要", "紧急")

FILLERS = (
    "通知",
    "公告",
    "提醒",
    "事项",
    "消息",
    "提示",
    "非常",
    "特别",
    "十分",
    "很",
    "最",
    "且",
    "并",
    "和",
)
"""Words that may stand beside a tag word inside the brackets and change nothing: 【重要通知】."""

CONTINUES = frozenset("的是性不地得程与吗么了在嘛呢文会")
"""After an unclosed bracket these say that the word goes on: ``【重要的事``."""

BARE_ENDS = frozenset("!:❗❕‼")
"""What makes a word in front a tag: ``重要！``."""

FENCES = frozenset("#*~_=-★☆■●◆▲※^`|丨|")
"""The same on both sides makes a tag: ``*重要*``."""

BETWEEN = frozenset(" \t\n、,/|+&-·.;")
"""What may stand between two tags."""

NO_REASON = frozenset(
    "急紧緊加特很非常超真快马馬上速请請了啊吧呀的哦嗯呢嘛啦一下就要我现在立刻尽盡谢谢重发發这這事件情"
)
"""Characters that do not make a reason: 急急急, 非常紧急请马上发."""

DEFAULT_IGNORABLE = (
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
"""Code points that show nothing, Default_Ignorable_Code_Point of Unicode 14, whatever their category.

https://www.unicode.org/Public/14.0.0/ucd/DerivedCoreProperties.txt (from memory, checked against
Python's categories by a test)
"""
