"""What I do beside talking, in a real browser: files, answers, what is on top, approvals, announcements, webhooks."""

import pytest
from page_desk import browser as browser
from page_desk import desk as desk
from page_desk import say
from page_town import Talk

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]
PNG = b"\x89PNG\r\n\x1a\n"


async def menu(page, words):
    """Open what may be done with a message."""
    message = f".msg:has-text('{words}')"
    await page.hover(message)
    await page.click(f"{message} [data-acts]")
    await page.wait_for_selector("#sheet .acts")


async def ordered(talk: Talk, platform, **query):
    return await talk.get("/_sandbox/messages", platform=platform, **query)


async def test_i_send_a_picture_and_a_file(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想")
        await page.set_input_files("#clip-file", {"name": "a.png", "mimeType": "image/png", "buffer": PNG})
        await page.wait_for_selector(".msg.mine >> text=〔图片〕")
        await page.set_input_files("#clip-file", {"name": "排班.xlsx", "mimeType": "", "buffer": b"abc"})
        await page.wait_for_selector(".msg.mine >> text=排班.xlsx")
        kinds = [each["kind"] for each in await ordered(talk, "feishu", person="lixiang")]
        assert kinds == ["image", "file"]
        page = await tab("dingtalk", "孙莉")
        await page.set_input_files("#clip-file", {"name": "排班.xlsx", "mimeType": "", "buffer": b"abc"})
        await page.wait_for_selector(".msg.mine >> text=排班.xlsx")
        assert [each["kind"] for each in await ordered(talk, "dingtalk", person="sunli")] == ["file"]


async def test_i_answer_pin_put_on_top_and_take_back(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想", "羽毛球社")
        await say(page, "周五来吗")
        await page.wait_for_selector(".msg.mine >> text=周五来吗")
        await menu(page, "周五来吗")
        await page.click("[data-act=reply]")
        await page.wait_for_selector("#replying >> text=回复 李想")
        await say(page, "七点")
        await page.wait_for_selector(".quote >> text=周五来吗")
        assert await page.is_hidden("#replying")
        await menu(page, "七点")
        await page.click("[data-act=pin]")
        await page.wait_for_selector(".msg:has-text('七点') .mark")
        await menu(page, "七点")
        await page.click("[data-act=top]")
        await page.wait_for_selector(".top-line >> text=置顶：七点")
        await menu(page, "七点")
        await page.click("[data-act=recall]")
        await page.wait_for_selector(".msg.recalled")
        [first, second] = talk.town.chat_named("feishu", "羽毛球社").messages
        assert (second.extra["parent_id"], second.recalled) == (first.id, True)


async def test_what_i_may_not_do_is_said(desk):
    async with desk() as (_, tab):
        page = await tab("feishu", "李想", "研发日常")
        theirs = await tab("feishu", "何晓", "研发日常")
        await say(theirs, "我先说")
        await page.wait_for_selector(".msg >> text=我先说")
        await menu(page, "我先说")
        await page.click("[data-act=recall]")
        await page.wait_for_selector(".toast.error >> text=不能撤回这条消息")


async def test_an_approval_waits_for_me_and_an_announcement_is_made(desk):
    async with desk() as (talk, tab):
        talk.town.settings.update({"dingtalk.approval_flows": {"PROC-1": ["孙莉"]}})
        ding = talk.town.platforms["dingtalk"]
        token = ding.tokens.of_app()
        body = {
            "originatorUserId": ding.person("何强").id, "processCode": "PROC-1", "deptId": -1,
            "formComponentValues": [{"name": "事由", "value": "领料"}],
        }  # fmt: skip
        headers = {"x-acs-dingtalk-access-token": token}
        url = talk.town.url + "/v1.0/workflow/processInstances"
        async with talk.http.post(url, json=body, headers=headers) as answer:
            assert answer.status == 200
        page = await tab("dingtalk", "孙莉")
        await page.click("#tab-town")
        await page.click("[data-show-approvals]")
        await page.click(".approval >> text=同意")
        await page.wait_for_selector(".approval >> text=已结束")
        page = await tab("dingtalk", "周敏")
        await page.click("#tab-town")
        await page.fill("[data-door=announce] [name=title]", "放假")
        await page.fill("[data-door=announce] [name=content]", "周五停产")
        await page.click("[data-door=announce] button")
        await page.wait_for_selector(".msg >> text=周五停产")


async def test_a_group_shows_the_address_of_its_own_robot(desk):
    async with desk() as (talk, tab):
        page = await tab("dingtalk", "孙莉", "设备部")
        await page.click("[data-members]")
        await page.click("[data-add-hook]")
        address = await page.input_value(".hook")
        async with talk.http.post(address, json={"msgtype": "text", "text": {"content": "报警"}}) as answer:
            assert (await answer.json())["errcode"] == 0
        await page.keyboard.press("Escape")
        await page.wait_for_selector(".msg >> text=报警")


async def test_another_kind_of_message_a_role_and_a_quit_by_forms(desk):
    async with desk() as (talk, tab):
        page = await tab("dingtalk", "孙莉", "苏州工厂")
        await page.click("#tab-town")
        await page.select_option("#special [name=kind]", "richText")
        await page.click("#special button")
        await page.wait_for_selector(".msg.mine >> text=看图")
        await page.fill("[data-door=people] [name=roles]", "安全员")
        await page.click("form:has([name=roles]) >> text=/^改$/")
        await page.wait_for_selector(".toast >> text=改好了")
        await page.fill("[data-door=company] [name=rename]", "安全主任")
        await page.fill("[data-door=company] [name=role]", "安全员")
        await page.click("[data-door=company] >> text=改名")
        await page.wait_for_selector(".toast >> text=公司改好了")
        worker = talk.town.platforms["dingtalk"].person("孙莉")
        roles = talk.town.platforms["dingtalk"].roles.of(worker)
        assert "安全主任" in [each["name"] for each in roles]
        await page.click("[data-chat-here] >> text=我退群")
        await page.click("#ask >> text=确定")
        await page.wait_for_selector("a.row >> text=苏州工厂", state="detached")
        assert worker.id not in talk.town.chats["dingtalk"][next(iter(talk.town.chats["dingtalk"]))].admins


@pytest.mark.parametrize("platform", ["feishu", "dingtalk"])
async def test_on_a_phone_the_forms_and_the_menu_fit(desk, platform):
    async with desk(width=390, height=844, has_touch=True, is_mobile=True) as (_, tab):
        page = await tab(platform, "周敏")
        await page.evaluate("document.body.dataset.pane = 'talk'")
        await say(page, "试一下")
        await page.tap(".msg.mine [data-acts]")
        await page.wait_for_selector("#sheet .acts")
        assert await page.evaluate("document.querySelector('#sheet').scrollWidth") <= 390
        await page.keyboard.press("Escape")
        await page.evaluate("document.body.dataset.pane = 'tools'")
        await page.tap("#tab-town")
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390


async def test_i_pass_a_message_on_to_another_group(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想", "羽毛球社")
        page.on("dialog", lambda dialog: dialog.accept("研发部"))
        await say(page, "周五七点")
        await page.wait_for_selector(".msg.mine >> text=周五七点")
        await menu(page, "周五七点")
        await page.click("[data-act=forward]")
        await page.wait_for_selector("text=转发了")
        listed = await ordered(talk, "feishu", chat="研发部")
        assert [each["text"] for each in listed][-1] == "周五七点"
