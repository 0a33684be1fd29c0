"""What the town takes and gives has only the fields, of the types, that the vendor's generated models have."""

import inspect
import json
import sys
import typing

import pytest
from feishu_town import BASE, button, card, office
from vendor_office import models, template, wholly_vendor_office

NEWER = {"leaderType", "leaderID"}
"""Fields that the pages write otherwise than the models."""


def wrong(value, kind, where):
    """Every place where ``value`` is not as the model says."""
    if value is None or kind in (None, typing.Any):
        return []
    if typing.get_origin(kind) is list:
        if not isinstance(value, list):
            return [f"{where}: {type(value).__name__} for a list"]
        return [
            each
            for i, item in enumerate(value)
            for each in wrong(item, typing.get_args(kind)[0], f"{where}[{i}]")
        ]
    if typing.get_origin(kind) is dict or kind is dict:
        return [] if isinstance(value, dict) else [f"{where}: {type(value).__name__} for a dict"]
    if kind is bool:
        return [] if isinstance(value, bool) else [f"{where}: {value!r} for a bool"]
    if kind is int:
        good = (
            isinstance(value, int) or (isinstance(value, str) and value.lstrip("-").isdigit()) or value == ""
        )
        return [] if good else [f"{where}: {value!r} for an int"]
    if kind is str:
        return [] if isinstance(value, str) else [f"{where}: {value!r} for a str"]
    if kind is float or not hasattr(kind, "_types"):
        return []
    if not isinstance(value, dict):
        return [f"{where}: {type(value).__name__} for {kind.__name__}"]
    known = kind._types or dict.fromkeys(vars(kind()))
    unknown = [
        f"{where}.{key}: not in {kind.__name__}" for key in value if key not in known and key not in NEWER
    ]
    return unknown + [
        each for key in value if key in known for each in wrong(value[key], known[key], f"{where}.{key}")
    ]


async def a_day_in_the_office(o):
    """A call to nearly everything that the vendor has a model for."""
    li, chen = o.person("lixiang").id, o.person("chenli").id
    await o.set(wiki_spaces=["制度"], approvals={"LEAVE": True}, scopes={"*": True})
    text = json.dumps({"text": f'<at user_id="{li}"></at> 好'})
    made = await o.ok("POST", BASE + "/chats", {
        "name": "项目A", "description": "x", "owner_id": li, "user_id_list": [chen], "i18n_names": {"zh_cn": "项目A"},
        "edit_permission": "all_members", "restricted_mode_setting": {"status": False},
    }, set_bot_manager="true", uuid="u")  # fmt: skip
    chat = f"{BASE}/chats/{made['chat_id']}"
    mine = (await o.ok("POST", BASE + "/chats", {"name": "我的", "user_id_list": [li]}))["chat_id"]
    own = f"{BASE}/chats/{mine}"
    for method, path, body in (
        ("GET", chat, None),
        (
            "PUT",
            chat,
            {"name": "项目B", "add_member_permission": "only_owner", "share_card_permission": "not_allowed"},
        ),
        ("POST", chat + "/link", {"validity_period": "week"}),
        ("POST", chat + "/members", {"id_list": [o.person("hexiao").id]}),
        ("GET", chat + "/members", None),
        ("GET", chat + "/members/is_in_chat", None),
        ("DELETE", chat + "/members", {"id_list": [o.person("hexiao").id]}),
        ("POST", own + "/managers/add_managers", {"manager_ids": [li]}),
        ("POST", own + "/managers/delete_managers", {"manager_ids": [li]}),
        ("PUT", own + "/moderation", {"moderation_setting": "moderator_list", "moderator_added_list": [li]}),
        ("GET", own + "/moderation", None),
        ("GET", f"/open-apis/docx/v1/chats/{mine}/announcement", None),
        ("GET", f"/open-apis/docx/v1/chats/{mine}/announcement/blocks", None),
        ("GET", BASE + "/chats", None),
        ("GET", own + "/chat_tabs/list_tabs", None),
        ("GET", own + "/menu_tree", None),
    ):
        await o.ok(method, path, body)
    await o.ok("GET", BASE + "/chats/search", query="项目")
    sent = (await o.sent(li, {"text": "x"}, uuid="m"))["message_id"]
    reply = {"content": text, "msg_type": "text", "reply_in_thread": True}
    await o.ok("POST", f"{BASE}/messages/{sent}/reply", reply)
    await o.ok("PUT", f"{BASE}/messages/{sent}", {"content": text, "msg_type": "text"})
    await o.talk.post("/_sandbox/read", {"platform": "feishu", "person": li, "message_id": sent})
    await o.ok("GET", f"{BASE}/messages/{sent}/read_users", user_id_type="open_id")
    await o.ok("PATCH", f"{BASE}/messages/{sent}/urgent_app", {"user_id_list": [li]}, user_id_type="open_id")
    drawn = (await o.sent(made["chat_id"], card(button("好", {"a": 1})), "interactive"))["message_id"]
    await o.ok("PATCH", f"{BASE}/messages/{drawn}", {"content": json.dumps(card())})
    await o.say("lixiang", made["chat_id"], "@驿站 x", "bot")
    await o.ok("GET", BASE + "/messages", container_id_type="chat", container_id=made["chat_id"])
    await o.ok("GET", f"{BASE}/messages/{drawn}")
    await o.ok("POST", BASE + "/pins", {"message_id": drawn})
    await o.ok("GET", BASE + "/pins", chat_id=made["chat_id"])
    await o.ok("POST", f"{BASE}/messages/{drawn}/reactions", {"reaction_type": {"emoji_type": "DONE"}})
    await o.ok("GET", f"{BASE}/messages/{drawn}/reactions")
    await o.ok("DELETE", f"{BASE}/messages/{sent}")
    batch = {"msg_type": "text", "content": {"text": "x"}, "open_ids": [li]}
    batch = (await o.ok("POST", "/open-apis/message/v4/batch_send/", batch))["message_id"]
    await o.ok("GET", f"{BASE}/batch_messages/{batch}/get_progress")
    await o.ok("GET", f"{BASE}/batch_messages/{batch}/read_user")
    await the_rest(o, li, own)
    await the_end(o, li, own, batch, drawn)


async def the_rest(o, li, own):
    contact, team = "/open-apis/contact/v3", o.town.department_named("feishu", "接口组").id
    await o.ok("GET", f"{contact}/departments/0/children", fetch_child="true", page_size=50)
    await o.ok("GET", f"{contact}/departments/{team}")
    await o.ok("GET", f"{contact}/departments/parent", department_id=team)
    await o.ok("GET", f"{contact}/departments/batch", department_ids=team)
    await o.ok("GET", f"{contact}/users/find_by_department", department_id=team)
    await o.ok("GET", f"{contact}/users/{li}")
    await o.ok("GET", f"{contact}/users/batch", user_ids=li)
    await o.ok("POST", f"{contact}/users/batch_get_id", {"mobiles": [o.person("lixiang").mobile]})
    await o.ok("GET", f"{contact}/scopes")
    await o.ok("GET", "/open-apis/application/v6/scopes")
    tab = {"tab_name": "x", "tab_type": "url", "tab_content": {"url": "https://x.example"}}
    await o.ok("POST", own + "/chat_tabs", {"chat_tabs": [tab]})
    item = {"action_type": "NONE", "name": "x"}
    menu = {"chat_menu_top_levels": [{"chat_menu_item": item, "children": [{"chat_menu_item": item}]}]}
    await o.ok("POST", own + "/menu_tree", {"menu_tree": menu})
    number = own.rpartition("/")[2]
    path = f"/open-apis/docx/v1/chats/{number}/announcement/blocks/{number}/children"
    block = {"block_type": 2, "text": {"elements": [{"text_run": {"content": "x"}}], "style": {}}}
    await o.ok("POST", path, {"index": 0, "children": [block]})
    data = json.dumps(card())
    await o.ok("POST", "/open-apis/cardkit/v1/cards", {"type": "card_json", "data": data})
    folder = (
        await o.ok("POST", "/open-apis/drive/v1/files/create_folder", {"name": "x", "folder_token": ""})
    )["token"]
    await o.ok("GET", "/open-apis/drive/v1/files")
    member = {"member_type": "openid", "member_id": li, "perm": "view"}
    await o.ok("POST", f"/open-apis/drive/v1/permissions/{folder}/members", member, type="folder")
    space = (await o.ok("GET", "/open-apis/wiki/v2/spaces"))["items"][0]["space_id"]
    await o.ok(
        "POST", f"/open-apis/wiki/v2/spaces/{space}/nodes", {"obj_type": "docx", "node_type": "origin"}
    )
    await o.ok("GET", f"/open-apis/wiki/v2/spaces/{space}/nodes")
    base = "/open-apis/calendar/v4/calendars"
    calendar = (await o.ok("POST", base + "/primary"))["calendars"][0]["calendar"]["calendar_id"]
    body = {
        "summary": "x",
        "start_time": {"timestamp": "1788750000"},
        "end_time": {"timestamp": "1788753600"},
    }
    event = (await o.ok("POST", f"{base}/{calendar}/events", body))["event"]["event_id"]
    who = {"attendees": [{"type": "user", "user_id": li}]}
    await o.ok("POST", f"{base}/{calendar}/events/{event}/attendees", who)
    form = {"approval_code": "LEAVE", "open_id": li, "form": "[]"}
    instance = (await o.ok("POST", "/open-apis/approval/v4/instances", form))["instance_code"]
    await o.ok("GET", f"/open-apis/approval/v4/instances/{instance}")


async def the_end(o, li, own, batch, drawn):
    """What takes things away again, and the calls without a model."""
    number = own.rpartition("/")[2]
    mine = (await o.sent(number, {"text": "x"}))["message_id"]
    for kind in ("urgent_sms", "urgent_phone"):
        await o.ok("PATCH", f"{BASE}/messages/{mine}/{kind}", {"user_id_list": [li]}, user_id_type="open_id")
    notice = {"chat_top_notice": [{"action_type": "1", "message_id": mine}]}
    await o.ok("POST", own + "/top_notice/put_top_notice", notice)
    await o.ok("POST", own + "/top_notice/delete_top_notice")
    reaction = (await o.ok("GET", f"{BASE}/messages/{drawn}/reactions"))["items"][0]["reaction_id"]
    await o.ok("DELETE", f"{BASE}/messages/{drawn}/reactions/{reaction}")
    await o.ok("DELETE", f"{BASE}/pins/{drawn}")
    await o.ok("DELETE", f"{BASE}/batch_messages/{batch}")
    only = {"chat_id": number, "open_id": li, "msg_type": "interactive", "card": card()}
    await o.ok("POST", "/open-apis/ephemeral/v1/send", only)
    tabs = (await o.ok("GET", own + "/chat_tabs/list_tabs"))["chat_tabs"]
    ids = [each["tab_id"] for each in tabs]
    await o.ok("POST", own + "/chat_tabs/update_tabs", {"chat_tabs": tabs[1:]})
    await o.ok("POST", own + "/chat_tabs/sort_tabs", {"tab_ids": ids})
    await o.ok("DELETE", own + "/chat_tabs/delete_tabs", {"tab_ids": ids[1:]})
    [top] = (await o.ok("GET", own + "/menu_tree"))["menu_tree"]["chat_menu_top_levels"]
    item, top_id = top["chat_menu_item"], top["chat_menu_top_level_id"]
    await o.ok("PATCH", f"{own}/menu_items/{top_id}", {"update_fields": ["NAME"], "chat_menu_item": item})
    await o.ok("POST", own + "/menu_tree/sort", {"chat_menu_top_level_ids": [top_id]})
    await o.ok("DELETE", own + "/menu_tree", {"chat_menu_top_level_ids": [top_id]})
    path = f"/open-apis/docx/v1/chats/{number}/announcement/blocks"
    block = (await o.ok("GET", path))["items"][1]["block_id"]
    change = {"block_id": block, "update_text_elements": {"elements": [{"text_run": {"content": "y"}}]}}
    await o.ok("PATCH", path + "/batch_update", {"requests": [change]})
    await o.ok("DELETE", f"{path}/{number}/children/batch_delete", {"start_index": 0, "end_index": 1})
    kit, data = "/open-apis/cardkit/v1/cards", {"type": "card_json", "data": json.dumps(card())}
    made = (await o.ok("POST", kit, data))["card_id"]
    await o.ok("PUT", f"{kit}/{made}", {"card": data, "sequence": 1, "uuid": "u"})
    space = (await o.ok("GET", "/open-apis/wiki/v2/spaces"))["items"][0]["space_id"]
    member = {"member_type": "openid", "member_id": li, "member_role": "member"}
    await o.ok("POST", f"/open-apis/wiki/v2/spaces/{space}/members", member)
    await o.ok("GET", "/open-apis/drive/explorer/v2/root_folder/meta")
    await o.ok("GET", "/open-apis/bot/v3/info")
    await o.ok("GET", f"/open-apis/application/v6/applications/{o.feishu.app_id}")
    await o.ok("GET", own + "/members/list", member_types="user,bot")
    open_to_all = (await o.ok("POST", BASE + "/chats", {"name": "公开", "chat_type": "public"}))["chat_id"]
    await o.ok("PATCH", f"{BASE}/chats/{open_to_all}/members/me_join")
    await o.ok("DELETE", own)
    await o.set(announcement="doc")
    old = f"{BASE}/chats/{open_to_all}/announcement"
    await o.ok("GET", old)
    await o.ok("PATCH", old, {"revision": "1", "requests": ["{}"]})


async def test_every_recorded_call_fits_the_vendors_models(vendor):
    known, faults, covered = models(), [], set()
    async with wholly_vendor_office(vendor) as o:
        await a_day_in_the_office(o)
        entries = o.town.recorder.entries(platform="feishu")
    for entry in entries:
        uri = template(entry["path"], [path for method, path in known if method == entry["method"]])
        if uri is None:
            continue
        covered.add((entry["method"], uri))
        request, response = known[entry["method"], uri]
        where = f"{entry['method']} {uri}"
        kind = _body_type(request)
        if isinstance(entry["body"], dict) and kind is not None:
            faults += wrong(entry["body"], kind, f"{where} request")
        data = (entry["response"] or {}).get("data")
        faults += wrong(data, response._types.get("data"), f"{where} answer") if data is not None else []
    assert not faults, "\n".join(dict.fromkeys(faults))
    assert len(covered) > 50
    assert covered == o.typed


def _body_type(request):
    """The class behind ``request_body`` in the request's own source."""
    module = sys.modules[request.__module__]
    source = inspect.getsource(request.__init__)
    _, _, after = source.partition("self.request_body: Optional[")
    return getattr(module, after.partition("]")[0], None)


@pytest.mark.parametrize(
    "event_type",
    [
        "im.message.receive_v1", "im.message.message_read_v1", "im.message.recalled_v1",
        "im.message.reaction.created_v1", "im.chat.member.user.added_v1", "im.chat.member.user.deleted_v1",
        "im.chat.member.bot.added_v1", "im.chat.member.bot.deleted_v1", "im.chat.disbanded_v1", "im.chat.updated_v1",
        "im.chat.access_event.bot_p2p_chat_entered_v1", "application.bot.menu_v6", "contact.user.created_v3",
        "im.chat.member.user.withdrawn_v1", "contact.department.created_v3", "contact.department.deleted_v3",
        "contact.scope.updated_v3",
        "contact.user.updated_v3", "contact.user.deleted_v3", "contact.department.updated_v3",
    ],
)  # fmt: skip
async def test_every_event_fits_the_vendors_model(vendor, event_type):
    name = event_type.replace(".", "_")
    area, version = event_type.split(".")[0], event_type.rsplit("_", 1)[1]
    module = sys.modules[f"lark_oapi.api.{area}.{version}.model.p2_{name}"]
    kind = getattr(module, "P2" + "".join(part.capitalize() for part in name.split("_")))
    async with office() as o, o.line() as line:
        await o.set(events={"im.message.reaction.created_v1": True}, scopes={"*": True})
        await things_happen(o)
        event = (await line.next(event_type))["event"]
    assert not wrong(event, kind._types["event"], event_type)


async def things_happen(o):
    li, group = o.person("lixiang"), o.chat("研发部")
    door = {"platform": "feishu"}
    await o.say("lixiang", "bot", "x")
    await o.say("lixiang", group.id, "@驿站 @陈立 x", "bot", "chenli")
    sent = (await o.sent(li.id, {"text": "x"}))["message_id"]
    await o.talk.post("/_sandbox/read", {**door, "person": li.id, "message_id": sent})
    await o.ok("POST", f"{BASE}/messages/{sent}/reactions", {"reaction_type": {"emoji_type": "DONE"}})
    await o.ok("DELETE", f"{BASE}/messages/{sent}")
    change = {
        "rename": "研发中心",
        "owner": "chenli",
        "speak": "list",
        "add": ["hexiao"],
        "remove": ["lixiang"],
    }
    await o.talk.post("/_sandbox/chats", {**door, "chat": group.id, **change})
    await o.talk.post("/_sandbox/chats", {**door, "chat": "产品部", "bot": False})
    await o.talk.post("/_sandbox/chats", {**door, "chat": "产品部", "bot": True})
    await o.talk.post("/_sandbox/chats", {**door, "chat": "产品部", "dissolve": True})
    await o.talk.post("/_sandbox/menu", {**door, "person": li.id, "key": "my_todo"})
    await o.talk.post("/_sandbox/chats", {**door, "chat": "羽毛球社", "withdraw": ["zhaoxiaoman"]})
    await o.talk.post("/_sandbox/departments", {**door, "create": "算法组", "parent": "研发部"})
    await o.talk.post("/_sandbox/departments", {**door, "department": "算法组", "drop": True})
    new = await o.talk.post("/_sandbox/people", {**door, "join": "钱多多", "departments": ["财务部"]})
    await o.talk.post("/_sandbox/people", {**door, "person": new["id"], "move": ["市场部"], "head": True})
    await o.talk.post("/_sandbox/people", {**door, "person": new["id"], "leave": True})
    await o.set(contact_range=["市场部"])
