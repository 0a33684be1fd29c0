"""清单的话 (the list for people): what cannot be done by API, who does it, and where exactly to click.

群设置 is the … or ⚙ at the top of a group; the last step may be worded otherwise in another version of a client.
"""

from __future__ import annotations

from collections.abc import Mapping

from policies import tags
from policies.model import Account, Platform
from policies.wording import counts
from policies.workspace.changes import Task, Todo
from policies.workspace.model import AtAll, Generation, Speak

_MENUS: Mapping[Platform, Mapping[Task, str]] = {
    # The robot: docs.link-ai.tech/platform/create-app/manage/manual. The range: 应用发布 → 版本管理与发布 → 创建版本
    # (open.feishu.cn, how to publish an app). No page was found that names the other entries (looked for 2026-11):
    # they are the settings of im-v1/chat/update by their Chinese names, and where they stand is from memory.
    Platform.FEISHU: {
        Task.ADD_ADMINS: "群设置 → 群管理 → 群管理员 → 添加",
        Task.REMOVE_ADMINS: "群设置 → 群管理 → 群管理员 → 移除",
        Task.ADD_MEMBERS: "群设置 → 群成员 → 添加成员",
        Task.REMOVE_MEMBERS: "群设置 → 群成员 → 移除成员",
        Task.RENAME: "群设置 → 群名称",
        Task.SET_OWNER: "群设置 → 群管理 → 转让群主",
        Task.SET_SPEAK: "群设置 → 群管理 → 谁可以在此群发言",
        Task.SET_AT_ALL: "群设置 → 群管理 → 谁可以 @所有人",
        Task.ADD_BOT: "群设置 → 群机器人 → 添加机器人",
        Task.OWNER_IN_RANGE: "开发者后台 → 应用发布 → 版本管理与发布 → 创建版本 → 可用范围",
    },
    # Admins, mute, @所有人, owner: Group Management (群管理) of help.dingtalk.io/im/chats-group-advanced-management; their
    # Chinese names: tech.efang.tv/tech/2022/1212/120144.html (禁言), www.iesofts.com/baike/22301.html (群主), the
    # rest is translated. Members: m.dingtalk.com/qidian/help-detail-20749589. The robot: open.dingtalk.com,
    # add-robot-to-group. The range: publish-dingtalk-application. All read 2026-11.
    Platform.DINGTALK: {
        Task.ADD_ADMINS: "群设置 → 群管理 → 设置群管理员 → 添加",
        Task.REMOVE_ADMINS: "群设置 → 群管理 → 设置群管理员 → 移除",
        Task.ADD_MEMBERS: "群设置 → 群成员 → 添加",
        Task.REMOVE_MEMBERS: "群设置 → 群成员 → 移除",
        Task.RENAME: "群设置 → 群名称",
        Task.SET_OWNER: "群设置 → 群管理 → 转让群主",
        Task.SET_SPEAK: "群设置 → 群管理 → 设置群内禁言 → 全员禁言",
        Task.SET_AT_ALL: "群设置 → 群管理 → 群权限设置 → 谁可以 @所有人",
        Task.ADD_BOT: "群设置 → 群管理 → 机器人 → 添加机器人",
        Task.OWNER_IN_RANGE: "开发者后台 → 版本管理与发布 → 创建新版本 → 应用可见范围",
    },
}

_SPEAK = {Speak.ADMINS: "仅群主和群管理员", Speak.EVERYONE: "所有人"}
_MUTE = {Speak.ADMINS: "打开", Speak.EVERYONE: "关闭"}
_AT_ALL = {
    Platform.FEISHU: {AtAll.ADMINS: "仅群主和群管理员", AtAll.EVERYONE: "所有人"},
    Platform.DINGTALK: {AtAll.ADMINS: "仅群主", AtAll.EVERYONE: "所有人"},
}


def say(todo: Todo, names: Mapping[Account, str]) -> str:
    """``请王芳：群设置 → 群管理 → 群管理员 → 添加：陈立``, and whether we see it once it is done."""
    who = tags.one_line(names.get(todo.owner, "")) if todo.owner else ""
    asked = f"请{who or _whose(todo)}：" if todo.task is not Task.OWNER_IN_RANGE else "请 IT 管理员："
    steps = _MENUS[todo.platform][todo.task]
    last = _last(todo, names)
    path = f"{steps} → {last}" if last and todo.task in _CHOICES else f"{steps}：{last}" if last else steps
    return f"{asked}{path}{_why(todo)}{'' if todo.can_be_seen else _tell_me(todo)}"


def _tell_me(todo: Todo) -> str:
    return f"（做没做我看不到，做好了说一声：yizhan plan --done {tags.one_line(todo.name, 40)}）"


_CHOICES = {Task.SET_SPEAK, Task.SET_AT_ALL}


def _whose(todo: Todo) -> str:
    return "群里的人" if todo.task in (Task.ADD_MEMBERS, Task.ADD_BOT) else "群主"


def _last(todo: Todo, names: Mapping[Account, str]) -> str:
    match todo.task:
        case Task.SET_SPEAK if todo.speak is not None:
            return (_MUTE if todo.platform is Platform.DINGTALK else _SPEAK).get(todo.speak, "")
        case Task.SET_AT_ALL if todo.at_all is not None:
            return _AT_ALL[todo.platform][todo.at_all]
        case Task.RENAME:
            return f"改为“{tags.one_line(todo.name, 40)}”"
        case Task.ADD_BOT:
            return "驿站"
        case Task.OWNER_IN_RANGE:
            return "把群主加进去"
        case _:
            return counts.names([names.get(one, "") for one in todo.accounts])


def _why(todo: Todo) -> str:
    if todo.task is Task.OWNER_IN_RANGE:
        return "；群主不在应用可见范围内，钉钉不让我改这个群"
    if todo.task is Task.ADD_BOT and todo.generation is Generation.ORDINARY:
        return "；钉钉的普通群建好时没有机器人，我进去以后公告才发得到"
    return ""


def seen(todo: Todo) -> str:
    """Once it is done."""
    return f"看到了：“{tags.one_line(todo.name, 40)}”{_DONE[todo.task]}。"


_DONE = {
    Task.ADD_ADMINS: "的管理员设好了",
    Task.REMOVE_ADMINS: "的管理员改好了",
    Task.ADD_MEMBERS: "的人齐了",
    Task.REMOVE_MEMBERS: "的人对了",
    Task.RENAME: "改好名了",
    Task.SET_OWNER: "换好群主了",
    Task.SET_SPEAK: "的发言权改好了",
    Task.SET_AT_ALL: "的 @所有人 改好了",
    Task.OWNER_IN_RANGE: "的群主在可见范围里了",
    Task.ADD_BOT: "里有我了",
}
