"""CardKit in batches and by settings, and approvals: every call and answer through the vendor's client."""

import json

import pytest
from feishu_town import card
from vendor_office import wholly_vendor_office

KIT, APPROVAL = "/open-apis/cardkit/v1/cards", "/open-apis/approval/v4"


def text(number, content):
    return {"tag": "markdown", "element_id": number, "content": content}


async def made(o, *elements):
    data = json.dumps(card(*elements))
    return (await o.ok("POST", KIT, {"type": "card_json", "data": data}))["card_id"]


def batch(*actions, **more):
    named = [{"action": action, "params": params} for action, params in actions]
    return {"actions": json.dumps(named), **more}


async def test_several_changes_of_a_card_are_made_at_once_or_not_at_all(vendor):
    async with wholly_vendor_office(vendor) as o:
        number = await made(o, text("a", "一"), text("b", "二"))
        content = {"type": "card", "data": {"card_id": number}}
        sent = await o.sent(o.person("lixiang").id, content, "interactive")
        path = f"{KIT}/{number}/batch_update"

        def read():
            shown = o.town.messages[sent["message_id"]].card
            return [each["content"] for each in shown["body"]["elements"]], shown.get("config", {})

        actions = (
            ("partial_update_setting", {"settings": {"config": {"streaming_mode": True}}}),
            (
                "add_elements",
                {"type": "insert_before", "target_element_id": "b", "elements": [text("c", "三")]},
            ),
            ("delete_elements", {"element_ids": ["a"]}),
            ("partial_update_element", {"element_id": "b", "partial_element": {"content": "二二"}}),
            ("update_element", {"element_id": "c", "element": text("c", "三三")}),
        )
        await o.ok("POST", path, batch(*actions, sequence=1, uuid="u"))
        assert read() == (["三三", "二二"], {"streaming_mode": True})
        half = batch(
            ("delete_elements", {"element_ids": ["b"]}),
            ("delete_elements", {"element_ids": ["x"]}),
            sequence=2,
        )
        assert await o.code("POST", path, half) == 300314
        assert read()[0] == ["三三", "二二"]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (("delete_elements", {"element_ids": ["x"]}), 300314),
        (("partial_update_element", {"element_id": "x", "partial_element": {}}), 300313),
        (("partial_update_element", {"element_id": "a", "partial_element": {"tag": "hr"}}), 300312),
        (("update_element", {"element_id": "x", "element": text("x", "")}), 300121),
        (("add_elements", {"type": "insert_after", "target_element_id": "x", "elements": []}), 300315),
        (("add_elements", {"type": "append", "elements": [text("a", "x")]}), 300301),
        (("add_elements", {"type": "append", "elements": [text(f"e{n}", "x") for n in range(200)]}), 300305),
        (("add_elements", {"type": "append", "elements": [text("b", "长" * 12_000)]}), 200860),
        (("partial_update_setting", {"settings": {"config": {"update_multi": False}}}), 300302),
        (("partial_update_setting", {"settings": {"body": {}}}), 300122),
        (("dance", {}), 10002),
    ],
)
async def test_each_wrong_change_has_its_own_code(vendor, wrong, code):
    async with wholly_vendor_office(vendor) as o:
        number = await made(o, text("a", "一"))
        assert await o.code("POST", f"{KIT}/{number}/batch_update", batch(wrong, sequence=1)) == code


async def test_a_change_is_made_once_in_its_turn_and_within_two_weeks(vendor):
    async with wholly_vendor_office(vendor) as o:
        await o.set(token_life_s=30 * 86_400)
        number = await made(o, text("a", "一"))
        path, settings = f"{KIT}/{number}/settings", json.dumps({"config": {"streaming_mode": True}})
        await o.ok("PATCH", path, {"settings": settings, "sequence": 1, "uuid": "u"})
        assert await o.code("PATCH", path, {"settings": settings, "sequence": 2, "uuid": "u"}) == 200770
        assert await o.code("PATCH", path, {"settings": settings, "sequence": 1, "uuid": "v"}) == 300317
        assert await o.code("PATCH", f"{KIT}/1/settings", {"settings": settings, "sequence": 2}) == 200740
        old = {"type": "card_json", "data": json.dumps({"elements": []})}
        assert await o.code("POST", KIT, old) == 300303
        await o.talk.post("/_sandbox/clock", {"advance": "15d"})
        assert await o.code("PATCH", path, {"settings": settings, "sequence": 2}) == 200750


async def test_the_card_of_a_message_gets_a_number_by_which_it_is_changed(vendor):
    async with wholly_vendor_office(vendor) as o:
        li = o.person("lixiang").id
        sent = (await o.sent(li, card(text("a", "一")), "interactive"))["message_id"]
        number = (await o.ok("POST", f"{KIT}/id_convert", {"message_id": sent}))["card_id"]
        assert (await o.ok("POST", f"{KIT}/id_convert", {"message_id": sent}))["card_id"] == number
        words = {"content": "二", "sequence": 1}
        assert await o.code("PUT", f"{KIT}/{number}/elements/a/content", words) == 300309
        streams = json.dumps({"config": {"streaming_mode": True}})
        await o.ok("PATCH", f"{KIT}/{number}/settings", {"settings": streams, "sequence": 1})
        await o.ok("PUT", f"{KIT}/{number}/elements/a/content", {**words, "sequence": 2})
        assert o.town.messages[sent].card["body"]["elements"][0]["content"] == "二"
        plain = (await o.sent(li, {"text": "x"}))["message_id"]
        assert await o.code("POST", f"{KIT}/id_convert", {"message_id": plain}) == 200740


async def asked(o, **more):
    form = json.dumps([{"id": "w", "type": "input", "value": "领料"}])
    body = {"approval_code": "A", "open_id": o.person("lixiang").id, "form": form, **more}
    return (await o.ok("POST", f"{APPROVAL}/instances", body))["instance_code"]


async def test_an_approval_goes_from_one_to_the_next_by_call_and_by_hand(vendor):
    async with wholly_vendor_office(vendor) as o, o.line() as line:
        await o.set(
            approvals={"A": ["head", "周敏"]}, events={"approval_instance": True, "approval_task": True}
        )
        await o.set(scopes={"*": True})
        await o.ok("POST", f"{APPROVAL}/approvals/A/subscribe")
        number = await asked(o)
        [waiting] = await o.talk.get("/_sandbox/approvals", platform="feishu")
        head = waiting["waiting"][0]
        shown = await o.ok("GET", f"{APPROVAL}/instances/{number}")
        [task] = shown["task_list"]
        assert (task["open_id"], task["status"], shown["status"]) == (head, "PENDING", "PENDING")
        named = {"approval_code": "A", "instance_code": number, "task_id": task["id"]}
        wrong = {**named, "user_id": o.person("zhoumin").id}
        assert await o.code("POST", f"{APPROVAL}/tasks/approve", wrong, user_id_type="open_id") == 1390010
        await o.ok("POST", f"{APPROVAL}/tasks/approve", {**named, "user_id": head, "comment": "好"})
        by_hand = {"platform": "feishu", "instance": number, "verdict": "agree"}
        await o.talk.post("/_sandbox/approve", {**by_hand, "person": "lixiang"}, 403)
        done = await o.talk.post("/_sandbox/approve", {**by_hand, "person": "zhoumin"})
        assert (done["status"], done["waiting"]) == ("APPROVED", [])
        shown = await o.ok("GET", f"{APPROVAL}/instances/{number}")
        assert [each["type"] for each in shown["timeline"]] == ["START", "PASS", "PASS"]
        told = []
        while len(told) < 6:
            event = await line.events.get()
            told.append((event["event"]["type"], event["event"]["status"]))
        assert told == [
            ("approval_instance", "PENDING"), ("approval_task", "PENDING"), ("approval_task", "APPROVED"),
            ("approval_task", "PENDING"), ("approval_task", "APPROVED"), ("approval_instance", "APPROVED"),
        ]  # fmt: skip


async def test_an_approval_is_refused_or_taken_back(vendor):
    async with wholly_vendor_office(vendor) as o:
        await o.set(approvals={"A": ["周敏"]})
        first, second = await asked(o), await asked(o)
        [task] = (await o.ok("GET", f"{APPROVAL}/instances/{first}"))["task_list"]
        boss, asker = o.person("zhoumin").id, o.person("lixiang").id
        named = {"approval_code": "A", "instance_code": first, "task_id": task["id"], "user_id": boss}
        await o.ok("POST", f"{APPROVAL}/tasks/reject", named)
        assert (await o.ok("GET", f"{APPROVAL}/instances/{first}"))["status"] == "REJECTED"
        withdraw = {"approval_code": "A", "instance_code": second}
        assert await o.code("POST", f"{APPROVAL}/instances/cancel", {**withdraw, "user_id": boss}) == 1390001
        await o.ok("POST", f"{APPROVAL}/instances/cancel", {**withdraw, "user_id": asker})
        shown = await o.ok("GET", f"{APPROVAL}/instances/{second}")
        assert (shown["status"], shown["task_list"][0]["status"]) == ("CANCELED", "DONE")
        assert await o.code("POST", f"{APPROVAL}/instances/cancel", {**withdraw, "user_id": asker}) == 1390001
