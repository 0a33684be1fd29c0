"""群标签页、菜单、置顶 (group bar): what stands above and below the talk of a group.

https://open.feishu.cn/document/uAjLw4CM/ukTMukTMukTM/reference/im-v1/chat-tab/create (read 2026-11)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.feishu import content, roles
from sandbox.feishu.calls import Call, Endpoint
from sandbox.feishu.chats import BASE
from sandbox.feishu.errors import ApiError, wrong_field
from sandbox.model import Chat

if TYPE_CHECKING:
    from sandbox.feishu.platform import FeishuPlatform

MOST_TABS, LONGEST_TAB_NAME = 20, 60
MOST_TOP, MOST_SECOND = 3, 5
TABS_WRITE, TABS_READ = (
    ("im:chat", "im:chat.tabs:write_only"),
    ("im:chat", "im:chat.tabs:read", "im:chat:readonly"),
)
MENU_WRITE, MENU_READ = ("im:chat", "im:chat.menu_tree:write_only"), ("im:chat", "im:chat.menu_tree:read")
NOTICE = ("im:chat", "im:chat.top_notice:write_only")


class GroupBar:
    """Tabs, menu and the notice on top."""

    def __init__(self, app: FeishuPlatform) -> None:
        self._app = app
        self._town = app.town

    def endpoints(self) -> list[Endpoint]:
        one = BASE + "/{chat_id}"
        tabs, menu, notice = one + "/chat_tabs", one + "/menu_tree", one + "/top_notice"
        known: tuple[tuple[str, str, Any, str, tuple[str, ...]], ...] = (
            ("POST", tabs, self.add_tabs, "D81", TABS_WRITE),
            ("POST", tabs + "/update_tabs", self.update_tabs, "D81", TABS_WRITE),
            ("POST", tabs + "/sort_tabs", self.sort_tabs, "D81", TABS_WRITE),
            ("GET", tabs + "/list_tabs", self.tabs, "D81", TABS_READ),
            ("DELETE", tabs + "/delete_tabs", self.delete_tabs, "D81", TABS_WRITE),
            ("POST", menu, self.add_menu, "D82", MENU_WRITE),
            ("GET", menu, self.menu, "D82", MENU_READ),
            ("DELETE", menu, self.delete_menu, "D82", MENU_WRITE),
            ("POST", menu + "/sort", self.sort_menu, "D82", MENU_WRITE),
            ("PATCH", one + "/menu_items/{menu_item_id}", self.update_item, "D82", MENU_WRITE),
            ("POST", notice + "/put_top_notice", self.put_notice, "D79", NOTICE),
            ("POST", notice + "/delete_top_notice", self.delete_notice, "D80", NOTICE),
        )
        return [
            Endpoint(method=method, path=path, run=run, source=source, scopes=(any_of,))
            for method, path, run, source, any_of in known
        ]

    def _chat(self, call: Call, right: int = 232014) -> Chat:
        chat = roles.joined(self._app, call.path("chat_id"))
        if not roles.allowed(self._app, chat, "edit_permission"):
            raise ApiError(right)
        return chat

    # -- tabs

    def _tabs(self, chat: Chat) -> list[dict[str, Any]]:
        if chat.id not in self._app.state.tabs:
            built_in = {
                "tab_id": self._town.digits(19, "tab", chat.id),
                "tab_type": "message",
                "tab_name": "消息",
            }
            self._app.state.tabs[chat.id] = [built_in]
        return self._app.state.tabs[chat.id]

    def add_tabs(self, call: Call) -> dict[str, Any]:
        wanted = [self._tab(each) for each in call.objects("chat_tabs", most=MOST_TABS)]
        tabs = self._tabs(self._chat(call, 232055))
        if len(tabs) + len(wanted) > MOST_TABS:
            raise ApiError(232047)
        for each in wanted:
            tabs.append({"tab_id": self._town.digits(19, "tab", self._town.new_id("", "tab")), **each})
        return {"chat_tabs": tabs}

    def _tab(self, wanted: dict[str, Any]) -> dict[str, Any]:
        kind, name, inside = wanted.get("tab_type"), wanted.get("tab_name", ""), wanted.get("tab_content")
        if kind not in ("url", "doc"):
            raise wrong_field("chat_tabs.tab_type", "options: [url,doc]", kind)
        if not isinstance(name, str) or len(name) > LONGEST_TAB_NAME:
            raise wrong_field("chat_tabs.tab_name", f"the max len is {LONGEST_TAB_NAME}", name)
        if not isinstance(inside, dict) or not isinstance(inside.get(str(kind)), str):
            raise wrong_field("chat_tabs.tab_content", f"{kind} is required", inside)
        config = wanted.get("tab_config", {})
        if not isinstance(config, dict):
            raise wrong_field("chat_tabs.tab_config", "must be an object", config)
        return {"tab_name": name, "tab_type": kind, "tab_content": inside, "tab_config": config}

    def update_tabs(self, call: Call) -> dict[str, Any]:
        wanted = call.objects("chat_tabs", most=MOST_TABS)
        tabs = self._tabs(self._chat(call, 232055))
        by_id = {each["tab_id"]: each for each in tabs}
        for each in wanted:
            if str(each.get("tab_id")) not in by_id:
                raise ApiError(232046)
            by_id[str(each["tab_id"])].update(self._tab(each))
        return {"chat_tabs": tabs}

    def sort_tabs(self, call: Call) -> dict[str, Any]:
        wanted = call.texts("tab_ids", required=True, most=MOST_TABS)
        tabs = self._tabs(self._chat(call, 232055))
        if {each["tab_id"] for each in tabs} != set(wanted):
            raise ApiError(232046, "every tab must be named")
        tabs.sort(key=lambda tab: wanted.index(tab["tab_id"]))
        return {"chat_tabs": tabs}

    def tabs(self, call: Call) -> dict[str, Any]:
        return {"chat_tabs": self._tabs(roles.joined(self._app, call.path("chat_id")))}

    def delete_tabs(self, call: Call) -> dict[str, Any]:
        wanted = call.texts("tab_ids", required=True, most=MOST_TABS)
        tabs = self._tabs(self._chat(call, 232055))
        kept = [each for each in tabs if each["tab_id"] not in wanted or each["tab_type"] == "message"]
        tabs[:] = kept
        return {"chat_tabs": tabs}

    # -- menu

    def _menu(self, chat: Chat) -> list[dict[str, Any]]:
        return self._app.state.menus.setdefault(chat.id, [])

    def _tree(self, chat: Chat) -> dict[str, Any]:
        return {"menu_tree": {"chat_menu_top_levels": self._menu(chat)}}

    def _item(self, wanted: Any) -> dict[str, Any]:
        if not isinstance(wanted, dict):
            raise wrong_field("chat_menu_item", "chat_menu_item is required", wanted)
        kind, name = wanted.get("action_type"), wanted.get("name")
        if kind not in ("NONE", "REDIRECT_LINK") or not isinstance(name, str) or not name:
            raise wrong_field("chat_menu_item", "action_type and name are required", wanted)
        link = wanted.get("redirect_link")
        if kind == "REDIRECT_LINK" and not isinstance(link, dict):
            raise wrong_field("chat_menu_item.redirect_link", "redirect_link is required", link)
        item = {"action_type": kind, "name": name}
        return {**item, "redirect_link": link} if isinstance(link, dict) else item

    def _number(self) -> str:
        return self._town.digits(19, "menu", self._town.new_id("", "menu"))

    def _level(self, wanted: dict[str, Any]) -> dict[str, Any]:
        children = wanted.get("children") or []
        if not isinstance(children, list) or len(children) > MOST_SECOND:
            raise wrong_field("children", f"at most {MOST_SECOND}", len(str(children)))
        if not all(isinstance(each, dict) for each in children):
            raise wrong_field("children", "must be objects")
        return {
            "chat_menu_top_level_id": self._number(), "chat_menu_item": self._item(wanted.get("chat_menu_item")),
            "children": [
                {"chat_menu_second_level_id": self._number(), "chat_menu_item": self._item(each.get("chat_menu_item"))}
                for each in children
            ],
        }  # fmt: skip

    def add_menu(self, call: Call) -> dict[str, Any]:
        levels = call.object("menu_tree").get("chat_menu_top_levels")
        if not isinstance(levels, list) or not levels or not all(isinstance(each, dict) for each in levels):
            raise wrong_field("menu_tree.chat_menu_top_levels", "must be a list of objects")
        chat = self._chat(call, 232055)
        menu = self._menu(chat)
        if len(menu) + len(levels) > MOST_TOP:
            raise ApiError(232056, f"at most {MOST_TOP} first-level menus")
        menu.extend([self._level(each) for each in levels])
        return self._tree(chat)

    def menu(self, call: Call) -> dict[str, Any]:
        return self._tree(roles.joined(self._app, call.path("chat_id")))

    def delete_menu(self, call: Call) -> dict[str, Any]:
        wanted = call.texts("chat_menu_top_level_ids", required=True)
        chat = self._chat(call, 232055)
        menu = self._menu(chat)
        menu[:] = [each for each in menu if each["chat_menu_top_level_id"] not in wanted]
        return self._tree(chat)

    def sort_menu(self, call: Call) -> dict[str, Any]:
        wanted = call.texts("chat_menu_top_level_ids", required=True)
        chat = self._chat(call, 232055)
        menu = self._menu(chat)
        if {each["chat_menu_top_level_id"] for each in menu} != set(wanted):
            raise ApiError(232070)
        menu.sort(key=lambda each: wanted.index(each["chat_menu_top_level_id"]))
        return self._tree(chat)

    def update_item(self, call: Call) -> dict[str, Any]:
        item = self._item(call.object("chat_menu_item"))
        number, chat = call.path("menu_item_id"), self._chat(call, 232055)
        for top in self._menu(chat):
            for each in (top, *top["children"]):
                if number in (each.get("chat_menu_top_level_id"), each.get("chat_menu_second_level_id")):
                    each["chat_menu_item"] = item
                    return {"chat_menu_item": item}
        raise ApiError(232071)

    # -- the notice on top

    def put_notice(self, call: Call) -> dict[str, Any]:
        notices = call.objects("chat_top_notice")
        chat = self._chat(call)
        for each in notices:
            kind = each.get("action_type")
            if kind not in ("1", "2"):
                raise wrong_field("chat_top_notice.action_type", "options: [1,2]", kind)
            if kind == "1":
                message = self._app.messages.visible(str(each.get("message_id", "")))
                if message.chat != chat.id:
                    raise content.bad("the message is not of this chat")
        chat.extra["top_notice"] = notices
        return {}

    def delete_notice(self, call: Call) -> dict[str, Any]:
        self._chat(call).extra.pop("top_notice", None)
        return {}
