"""投票的话 (ballot): what an anonymous press is answered with; never a word about what was chosen."""

from __future__ import annotations

from policies.wording import counts

TAKEN = "已收到，谢谢"
ONCE = "你已经答过了。答案和人分开放，所以改不了"
SLOW = "还在写。过一分钟再交一次：已经记下的话，会告诉你已经答过了"
OVER = "这份问卷已经结束，没有记下"
NOT_ASKED = "这份问卷没有发给你，没有记下"
NOT_TAKEN = "没有记下，是我这边的问题。过一会儿再交一次"
NOTHING_CHOSEN = "还没有作答。答一题也可以；不想答，按〔不参加〕"
OTHER_QUESTIONS = "没有记下：排序里同一项选了两次，或者卡片不是最新的"
TOO_LONG = "写得太长，没有记下。每题最多 500 字"


def tells_who_you_are(words: str) -> str:
    return f"还没交：{counts.quoted(words, 12)}会让人认出是你。改一改，或者再按一次就这样交"
