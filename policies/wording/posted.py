"""群里已经发了的 (posted): a private word to its author, never in the group."""

from __future__ import annotations

from policies import tags
from policies.decision import Decision
from policies.model import Message
from policies.wording import counts
from policies.wording.refusal import SEE_HELP, WRITE_ONE, Refusal

_SAID = {
    "look-alike": "里的标签写成【重要】，大家才认得出",
    "nobody": "没有 @ 相关的人，他们可能会错过",
    "all": "@ 了所有人，人多的群里容易看麻木",
    "many": "@ 的人有点多，点到的人少一些更有用",
}


def reminder(message: Message, decision: Decision) -> Refusal | None:
    """``None`` when there is nothing to say."""
    said = [_said(finding.evidence.get("why")) for finding in decision.findings]
    if not said:
        return None
    where = f"“{tags.one_line(message.chat_name, 16)}”群" if message.chat_name else "群"
    about = "；".join(dict.fromkeys(said))
    return Refusal(
        text=(
            f"你在{where}里发的{counts.quoted(message.text, 20)}已经发出去了，我没有动它：{about}。\n"
            "下次跟我说“发通知”，我先给你预览，再替你 @ 到人、排好时间。"
        ),
        ways=(WRITE_ONE, SEE_HELP),
    )


def _said(why: object) -> str:
    return _SAID.get(str(why), "发的时候大家不在上班时间，可以由我留到上班再发")
