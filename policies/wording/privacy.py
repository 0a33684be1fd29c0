"""告知书 (privacy notice): what is collected, what for, how long, who sees it; each line from the configuration."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the configuration lets the bot collect; days count from when something was written down."""

    company: str
    admins: tuple[str, ...]
    reads_groups: tuple[str, ...]
    shows_readers: bool
    payload_days: int
    announcement_days: int
    audit_days: int
    platforms: tuple[str, ...]
    anonymous: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    pilot: bool = False


def notice(found: Collected) -> str:
    """A draft in Markdown for people to finish; a lawyer has the last word."""
    rows = [("收集什么", "为什么", "保存多久", "谁能看"), ("---", "---", "---", "---"), *_rows(found)]
    table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
    return "\n".join(
        [
            f"# {found.company}：驿站收集什么（告知书草稿）",
            "",
            f"驿站在{'和'.join(found.platforms)}上替大家发通知、守作息、收意见。它记下面这些，别的不记。",
            "",
            table,
            "",
            "## 不收集的",
            "",
            _not_collected(found),
            "",
            "## 不用来做的",
            "",
            "这些记录不用于绩效、考勤和排名。试点和简报只给出合计，少于 5 人的不显示。",
            "",
            "## 你可以",
            "",
            f"向管理员（{'、'.join(found.admins)}）要求查阅、更正、删除你的记录。",
            "",
            "这是按现在的配置写的草稿，改了配置要重写一份；发布之前请由法务看过。",
            "发布后把日期填进 [privacy] notice_published。",
        ]
    )


def _rows(found: Collected) -> list[tuple[str, str, str, str]]:
    author = "发起人看人数和名单" if found.shows_readers else "发起人只看人数，没有人看名单"
    rows = [
        ("姓名、部门、负责人（来自通讯录）", "知道通知该发给谁", "随通讯录更新，离职即停用", "管理员"),
        ("你经驿站发的通知", "送达、撤回、查重复", f"{found.announcement_days} 天", "收件人；管理员看状态"),
        ("你有没有读过、按过“收到”", "知道通知到了没有", f"{found.announcement_days} 天", author),
        (
            "你对驿站说的话、按的按钮（原始内容）",
            "出错时能查",
            f"{found.payload_days} 天",
            "没有界面能看，只有机器的管理员",
        ),
        ("谁在什么时候依哪条规则做了什么（不含内容）", "可以追溯", f"{found.audit_days} 天", "管理员"),
        ("署名的反馈", "有人处理，处理完答复你", f"{found.announcement_days} 天", "负责处理的同事、管理员"),
    ]
    if found.reads_groups:
        groups = "、".join(found.reads_groups)
        rows.append(
            (f"群“{groups}”里的新消息，只在内存里看一眼", "提醒【重要】的写法", "不保存原文", "没有人")
        )
    if found.anonymous:
        names = "、".join(found.anonymous)
        rows.append(
            (f"匿名问卷（{names}）：你是否参与", "不重复提醒", "问卷结束后 30 天", "管理员；答案和你没有联系")
        )
    if found.named:
        rows.append(
            (f"署名问卷（{'、'.join(found.named)}）的答案", "了解意见", "问卷结束后 30 天", "问卷写明的人")
        )
    if found.pilot:
        rows.append(
            (
                "试点里的合计：及时率、满意度、问题解决率",
                "决定要不要推开",
                "随结论页保存",
                "试点部门负责人、管理员",
            )
        )
    return rows


def _not_collected(found: Collected) -> str:
    chats = "上面写明的群以外的群聊" if found.reads_groups else "群聊内容"
    return f"{chats}、私聊、位置、在线时长、通话、你的设备。"
