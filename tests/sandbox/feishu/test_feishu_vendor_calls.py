"""The vendor's own HTTP client takes the town for Feishu."""

import asyncio
import contextlib
import json

import pytest
from feishu_town import button, card, office

from sandbox.clock import parse_duration


class Vendor:
    """Typed calls of ``lark_oapi``, off the loop since they block."""

    def __init__(self, lark, o, secret=None):
        self.lark = lark
        self.im = lark.api.im.v1
        self.contact = lark.api.contact.v3
        app_id, secret = o.feishu.app_id, secret or o.feishu.app_secret
        builder = lark.Client.builder().app_id(app_id).app_secret(secret).domain(o.town.url)
        self.client = builder.log_level(lark.LogLevel.CRITICAL).build()

    async def call(self, function, request):
        return await asyncio.to_thread(function, request)

    async def send(self, to, kind, content, id_type="open_id", uuid=""):
        body = self.im.CreateMessageRequestBody.builder().receive_id(to).msg_type(kind)
        body = body.content(json.dumps(content)).uuid(uuid).build()
        request = self.im.CreateMessageRequest.builder().receive_id_type(id_type).request_body(body).build()
        return await self.call(self.client.im.v1.message.create, request)


@contextlib.asynccontextmanager
async def vendor_office(lark, **options):
    from lark_oapi.core.token import TokenManager

    TokenManager.cache._m.clear() if hasattr(TokenManager.cache, "_m") else TokenManager.cache.__init__()
    async with office(**options) as o:
        yield o, Vendor(lark, o)


async def test_the_first_call_fetches_a_token_and_sends(vendor):
    async with vendor_office(vendor) as (o, v):
        answer = await v.send(o.person("lixiang").id, "text", {"text": '<at user_id="all"></at> 你好'})
        assert (answer.code, answer.data.body.content) == (0, '{"text":"@_all 你好"}')
        assert o.town.messages[answer.data.message_id].mentions == ["all"]
        assert answer.get_log_id()


@pytest.mark.parametrize(
    ("kind", "content", "text"),
    [
        ("post", {"zh_cn": {"title": "通知", "content": [[{"tag": "text", "text": "停电"}]]}}, "通知\n停电"),
        (
            "interactive",
            card({"tag": "markdown", "content": "停电"}, button("好", {"a": 1})),
            "停电通知\n停电",
        ),
    ],
)
async def test_posts_and_cards_are_read_by_people(vendor, kind, content, text):
    async with vendor_office(vendor) as (o, v):
        answer = await v.send(o.chat("研发部").id, kind, content, "chat_id")
        assert (answer.code, answer.data.msg_type) == (0, kind)
        assert o.town.messages[answer.data.message_id].text == text


async def test_the_same_uuid_makes_one_message_an_hour(vendor):
    async with vendor_office(vendor) as (o, v):
        to = o.person("lixiang").id
        first = await v.send(to, "text", {"text": "一"}, uuid="u1")
        again = await v.send(to, "text", {"text": "一"}, uuid="u1")
        assert (again.code, again.data.message_id) == (0, first.data.message_id)
        await o.town.clock.advance(parse_duration("1h"))
        later = await v.send(to, "text", {"text": "一"}, uuid="u1")
        assert later.data.message_id != first.data.message_id
        assert len(o.town.messages_in("feishu", person=to)) == 2


async def test_chats_and_members_are_listed_page_by_page(vendor):
    async with vendor_office(vendor) as (o, v):
        names, token = [], ""
        while True:
            request = v.im.ListChatRequest.builder().page_size(2).page_token(token).build()
            answer = await v.call(v.client.im.v1.chat.list, request)
            names += [each.name for each in answer.data.items]
            if not answer.data.has_more:
                break
            token = answer.data.page_token
        assert names == [each.name for each in o.town.chats["feishu"].values() if each.bot]
        request = v.im.GetChatMembersRequest.builder().chat_id(o.chat("羽毛球社").id).page_size(100).build()
        answer = await v.call(v.client.im.v1.chat_members.get, request)
        assert (answer.data.member_total, len(answer.data.items)) == (26, 26)
        request = v.im.GetChatRequest.builder().chat_id(o.chat("羽毛球社").id).build()
        answer = await v.call(v.client.im.v1.chat.get, request)
        assert (answer.data.name, answer.data.user_count) == ("羽毛球社", "26")


async def test_departments_and_people_are_read(vendor):
    async with vendor_office(vendor) as (o, v):
        request = (
            v.contact.ChildrenDepartmentRequest.builder()
            .department_id("0")
            .fetch_child(True)
            .page_size(50)
            .build()
        )
        answer = await v.call(v.client.contact.v3.department.children, request)
        counts = {each.name: each.member_count for each in answer.data.items}
        assert (len(counts), counts["研发部"], counts["市场部"]) == (15, 41, 23)
        team = next(each.open_department_id for each in answer.data.items if each.name == "接口组")
        request = v.contact.FindByDepartmentUserRequest.builder().department_id(team).page_size(50).build()
        answer = await v.call(v.client.contact.v3.user.find_by_department, request)
        assert "李想" in [each.name for each in answer.data.items]
        request = v.contact.GetUserRequest.builder().user_id(o.person("lixiang").id).build()
        answer = await v.call(v.client.contact.v3.user.get, request)
        assert (answer.data.user.name, answer.data.user.job_title) == ("李想", "后端工程师")


async def test_a_wrong_secret_is_refused(vendor):
    async with vendor_office(vendor) as (o, _):
        wrong = Vendor(vendor, o, secret="wrong")
        with pytest.raises(Exception, match="10015"):
            await wrong.send(o.person("lixiang").id, "text", {"text": "x"})


async def test_an_expired_token_is_named(vendor):
    async with vendor_office(vendor) as (o, v):
        to = o.person("lixiang").id
        assert (await v.send(to, "text", {"text": "x"})).code == 0
        await o.town.clock.advance(parse_duration("2h"))
        assert (await v.send(to, "text", {"text": "x"})).code == 99991663


async def test_errors_come_with_their_code_and_log_id(vendor):
    async with vendor_office(vendor) as (_, v):
        answer = await v.send("ou_nobody", "text", {"text": "x"})
        assert (answer.code, answer.success(), bool(answer.get_log_id())) == (230001, False, True)
        assert answer.raw.status_code == 400
