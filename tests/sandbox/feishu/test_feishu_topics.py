"""Topics of messages, groups of topics, and answers of people."""

import json

import pytest
from feishu_town import BASE, office

TEXT = json.dumps({"text": "x"})


async def door(o, path, status=200, **body):
    return await o.talk.post(f"/_sandbox/{path}", {"platform": "feishu", **body}, status)


async def reply(o, message_id, *, in_thread=False):
    body = {"msg_type": "text", "content": TEXT, "reply_in_thread": in_thread}
    return await o.call("POST", f"{BASE}/messages/{message_id}/reply", body)


async def listed(o, kind, container):
    found = await o.ok("GET", BASE + "/messages", container_id_type=kind, container_id=container)
    return [each["message_id"] for each in found["items"]]


@pytest.mark.parametrize("form", [{"chat_mode": "topic"}, {"group_message_type": "thread"}])
async def test_in_a_group_of_topics_every_message_begins_one_and_answers_stay_in_it(form):
    async with office() as o, o.line() as line:
        li = o.person("lixiang").id
        group = (await o.ok("POST", BASE + "/chats", {"name": "反馈", "user_id_list": [li], **form}))[
            "chat_id"
        ]
        sent = await o.sent(group, {"text": "一"})
        assert sent["thread_id"].startswith("omt_")
        assert "root_id" not in sent
        status, answer = await reply(o, sent["message_id"])
        inside = answer["data"]
        assert (status, inside["thread_id"], inside["root_id"]) == (
            200,
            sent["thread_id"],
            sent["message_id"],
        )
        said = (await door(o, "say", person="lixiang", to=group, text="二"))["message_id"]
        deeper = (await door(o, "say", person="lixiang", to=group, text="三", reply_to=inside["message_id"]))[
            "message_id"
        ]
        heard = [(await line.next("im.message.receive_v1"))["event"]["message"] for _ in range(2)]
        assert heard[0]["thread_id"] not in ("", sent["thread_id"])
        assert [heard[1][key] for key in ("root_id", "parent_id", "thread_id")] == [
            sent["message_id"], sent["message_id"], sent["thread_id"],
        ]  # fmt: skip
        assert await listed(o, "chat", group) == [sent["message_id"], said]
        assert await listed(o, "thread", sent["thread_id"]) == [
            sent["message_id"],
            inside["message_id"],
            deeper,
        ]


async def test_a_topic_whose_first_message_was_taken_back_is_gone():
    async with office() as o:
        group = o.chat("研发部").id
        root = (await o.sent(group, {"text": "一"}))["message_id"]
        inside = (await reply(o, root, in_thread=True))[1]["data"]["message_id"]
        await o.ok("DELETE", f"{BASE}/messages/{root}")
        assert (await reply(o, inside))[1]["code"] == 230019
        await door(o, "say", 403, person="lixiang", to=group, text="x", reply_to=inside)


async def test_where_there_are_no_topics_an_answer_is_a_plain_one():
    async with office() as o:
        await o.set(chats_without_topics=["研发部"])
        root = (await o.sent(o.chat("研发部").id, {"text": "一"}))["message_id"]
        _, refused = await reply(o, root, in_thread=True)
        assert (refused["code"], "reply in thread" in refused["msg"]) == (230071, True)
        answer = (await reply(o, root))[1]["data"]
        assert (answer["root_id"], "thread_id" in answer) == (root, False)
        said = (await door(o, "say", person="lixiang", to="研发日常", text="x"))["message_id"]
        bundle = {
            "person": "lixiang",
            "to": "研发日常",
            "kind": "merge_forward",
            "content": {"message_ids": [said]},
        }
        forwarded = (await door(o, "say", **bundle))["message_id"]
        assert (await reply(o, forwarded, in_thread=True))[1]["code"] == 230072


@pytest.mark.parametrize("called", ["group", "topic_group", "p2p"])
async def test_what_an_event_calls_a_group_of_topics_is_a_switch(called):
    async with office() as o, o.line() as line:
        await o.set(topic_chat_type=called)
        await door(o, "chats", create="反馈", owner="lixiang", members=["chenli"], bot=True, topic=True)
        shown = await o.ok("GET", f"{BASE}/chats/{o.chat('反馈').id}")
        assert shown["chat_mode"] == "topic"
        await door(o, "say", person="lixiang", to="反馈", text="一")
        assert (await line.next("im.message.receive_v1"))["event"]["message"]["chat_type"] == called
        assert await o.code("PUT", f"{BASE}/chats/{o.chat('反馈').id}", {"name": "x"}) == 232008


async def test_an_answer_stands_where_its_question_stands():
    async with office() as o, o.line() as line:
        said = (await door(o, "say", person="lixiang", to="bot", text="一"))["message_id"]
        await line.next("im.message.receive_v1")
        await door(o, "say", 403, person="lixiang", to="研发部", text="x", reply_to=said)
        await door(o, "say", 404, person="lixiang", to="bot", text="x", reply_to="om_none")
        await door(o, "say", person="lixiang", to="bot", text="二", reply_to=said)
        heard = (await line.next("im.message.receive_v1"))["event"]["message"]
        assert (heard["parent_id"], heard["root_id"], "thread_id" in heard) == (said, said, False)
