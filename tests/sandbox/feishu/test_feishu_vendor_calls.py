"""The vendor's own HTTP client takes the town for Feishu."""

import io

import pytest
from feishu_town import button, card
from vendor_office import Vendor, vendor_office

from sandbox.clock import parse_duration


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


async def test_a_picture_is_uploaded_and_the_untyped_calls_answer(vendor):
    async with vendor_office(vendor) as (o, v):
        picture = io.BytesIO(b"\x89PNG\r\n\x1a\n" + b"0" * 20)
        body = v.im.CreateImageRequestBody.builder().image_type("message").image(picture).build()
        request = v.im.CreateImageRequest.builder().request_body(body).build()
        key = (await v.call(v.client.im.v1.image.create, request)).data.image_key
        assert (await v.send(o.person("lixiang").id, "image", {"image_key": key})).code == 0
        body = (
            v.im.CreateFileRequestBody.builder().file_type("pdf").file_name("a.pdf").file(io.BytesIO(b"%PDF"))
        )
        request = v.im.CreateFileRequest.builder().request_body(body.build()).build()
        assert (await v.call(v.client.im.v1.file.create, request)).data.file_key
        info = vendor.BaseRequest.builder().http_method(vendor.HttpMethod.GET).uri("/open-apis/bot/v3/info")
        info = info.token_types({vendor.AccessTokenType.TENANT}).build()
        answer = await v.call(v.client.request, info)
        assert b"open_id" in answer.raw.content
