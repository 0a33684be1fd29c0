"""自露 (self-betrayal): words by which a colleague would know who wrote them; noticed here, judged by the writer."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SHORTEST_NAME = 2
"""Names of one character stand in too many words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What points at the writer: name, departments, and everybody's names, since whom one sits beside tells too."""

    name: str = ""
    departments: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()


_TELLING = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?:只有|就|只剩|仅)(?:我|咱)(?:一个|一人|自己|们(?:两|俩|三)个?)",
        r"就[^，。；]{0,8}我(?:一个|自己)",
        r"只有我",
        r"(?:我是|作为)(?:这里|组里|部门|公司|全组|我们组|我们部门)?(?:里|内)?(?:的)?(?:唯一|仅有)",
        r"唯一(?:的)?(?:一个|一位|一名)?(?:女|男|实习|外籍|少数民族|怀孕|已婚|未婚|新人|新来)",
        r"我(?:是|当|任|做)(?:了)?[^，。；]{0,6}(?:负责人|主管|经理|组长|总监|主任|班长|实习生|前台|会计|出纳|司机)",
        r"(?:作为|身为)[^，。；]{0,6}(?:负责人|主管|经理|组长|总监|主任|班长|实习生|前台|会计|出纳|司机|孕妇|妈妈|爸爸)",
        r"我(?:的)?(?:工号|手机|电话|微信|邮箱|座机|分机|工位)",
        r"我(?:刚|才|上个?月|上周|今年|去年|这周|前天|昨天)?(?:入职|转正|休完|请(?:了)?[^，。；]{0,4}假|产假|陪产|怀孕|离职|调岗|升职)",
        r"我(?:们组|们班|组)(?:一共|总共)?(?:只有|就|才)?[一二两三四五2-5]个?人",
        r"我带的|我手下|我(?:的)?(?:下属|徒弟|师傅|老公|老婆|爱人|先生|太太)",
        r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])",
        r"[0-9]{5,}",
        r"[A-Za-z0-9._-]+@[A-Za-z0-9-]+\.[A-Za-z]+",
    )
)


def found(texts: Iterable[str], own: Own) -> str:
    """The first words that would tell, as written; ``""``: none that we know of."""
    for text in texts:
        for name in sorted(own.names | {own.name}, key=len, reverse=True):
            if len(name) >= SHORTEST_NAME and name in text:
                return name
        for department in own.departments:
            if hit := re.search(rf"我们?(?:是|在)?{re.escape(department)}", text):
                return hit[0]
        for pattern in _TELLING:
            if hit := pattern.search(text):
                return hit[0]
    return ""
