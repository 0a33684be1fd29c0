"""The page in a real browser: talking, pressing, turning the clock, on a desk and on a phone."""

import pytest
from page_desk import browser as browser
from page_desk import desk as desk
from page_desk import say
from page_town import DRAWN, Robot, button, card, plain

from sandbox.platform import Refused

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.asyncio(loop_scope="module"),
]

PAYLOAD = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>'


async def test_i_talk_to_the_robot_and_it_answers(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想")
        first, second = await page.evaluate(DRAWN)
        assert first != second, "no Chinese font: pictures would show empty boxes"
        await say(page, "你是谁啊")
        await page.wait_for_selector(".msg.mine >> text=你是谁啊")
        [said] = await talk.get("/_sandbox/messages", platform="feishu", person="lixiang")
        assert said["text"] == "你是谁啊"
        await Robot(talk).feishu(said["person"], "text", {"text": "我是驿站"})
        await page.wait_for_selector(".msg:not(.mine) >> text=我是驿站")
        await page.wait_for_selector(".receipt.all >> text=已读")


async def test_two_tabs_are_two_people(desk):
    async with desk() as (_, tab):
        mine = await tab("feishu", "李想", "羽毛球社")
        theirs = await tab("feishu", "赵小满")
        await mine.fill("#text", "@赵小")
        await mine.wait_for_selector(".at-option >> text=赵小满")
        await mine.press("#text", "Enter")
        await mine.keyboard.type("周五来吗")
        await mine.keyboard.press("Shift+Enter")
        await mine.keyboard.type("七点")
        await mine.keyboard.press("Enter")
        await theirs.click("a.row:has(.unread) >> text=有人@我")
        await theirs.wait_for_selector(".at-me >> text=@赵小满")
        assert "周五来吗\n七点" in await theirs.inner_text(".bubble")
        await mine.click(".receipt >> text=已读 1/25")
        await mine.wait_for_selector("#sheet >> text=赵小满")


async def test_where_only_admins_may_speak_i_see_why_i_may_not(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想", "研发日常")
        await page.fill("#text", "我说一句")
        group = {"platform": "feishu", "chat": "研发日常"}
        await talk.post("/_sandbox/chats", group | {"speak": "admins"})
        await page.wait_for_selector("#refusal >> text=仅群主和管理员可发言")
        assert await page.is_disabled("#text")
        await talk.post("/_sandbox/chats", group | {"speak": "all"})
        await page.wait_for_selector("#text:enabled")
        assert await page.input_value("#text") == "我说一句"


async def test_a_refusal_that_comes_too_late_for_the_page_is_shown_and_the_words_are_kept(desk):
    def refuse(*_):
        raise Refused("你已被群主或管理员禁言")

    async with desk() as (talk, tab):
        page = await tab("dingtalk", "孙莉", "苏州工厂")
        talk.town.platforms["dingtalk"].may_say = refuse
        await say(page, "@所有人 开会")
        await page.wait_for_selector(".toast.error >> text=你已被群主或管理员禁言")
        assert await page.input_value("#text") == "@所有人 开会"
        assert talk.town.chat_named("dingtalk", "苏州工厂").messages == []


async def test_a_card_is_pressed_and_says_what_came_of_it(desk):
    async with desk() as (talk, tab), Robot(talk).listening() as robot:
        page = await tab("feishu", "李想", "接口组")
        chat = talk.town.chat_named("feishu", "接口组")
        shown = card({"tag": "div", "text": plain("周三十点")}, button("收到", "k1", type="primary_filled"))
        await robot.feishu(chat.id, "interactive", shown, "chat_id")
        await page.click(".card.tone-orange button >> text=收到")
        await page.wait_for_selector(".toast.success >> text=记下了，谢谢")
        assert [each["value"] for each in robot.pressed] == [{"a": "k1"}]


async def test_a_form_is_filled_in_and_sent(desk):
    async with desk() as (talk, tab), Robot(talk).listening() as robot:
        page = await tab("feishu", "李想")
        choices = [{"text": plain(each), "value": each} for each in ("甲", "乙", "丙")]
        form = {"tag": "form", "name": "f", "elements": [
            {"tag": "select_static", "name": "one", "required": True, "placeholder": plain("选一个"), "options": choices},
            {"tag": "multi_select_static", "name": "many", "options": choices},
            {"tag": "input", "name": "why", "input_type": "multiline_text", "label": plain("原因")},
            button("提交", "k", name="ok", form_action_type="submit",
                   confirm={"title": plain("交了就改不了"), "text": plain("确定吗")}),
        ]}  # fmt: skip
        me = talk.town.person_named("feishu", "李想").id
        await robot.feishu(me, "interactive", card(form))
        await page.select_option("select[name=one]", "乙")
        await page.check("input[value=甲]")
        await page.check("input[value=丙]")
        await page.fill("textarea[name=why]", "想说")
        await talk.post(
            "/_sandbox/say", {"platform": "feishu", "person": "lixiang", "to": "bot", "text": "别动我的表"}
        )
        await page.wait_for_selector("text=别动我的表")
        await page.click(".card >> text=提交")
        await page.click("#ask >> text=确定 >> nth=-1")
        await page.wait_for_selector(".toast.success")
        assert robot.pressed[0]["form_value"] == {"one": "乙", "many": ["甲", "丙"], "why": "想说"}


async def test_the_clock_walks_to_the_next_morning(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "周敏")
        await page.click("text=明早 9:00")
        await page.wait_for_selector(".toast >> text=走到了 9月8日 周二 09:00")
        assert await page.inner_text("[data-time]") == "09:00:00"
        await page.fill("#clock-to input", "2026-09-07 10:00")
        await page.click("#clock-to >> text=走到")
        await page.wait_for_selector(".toast.error >> text=用〔直接跳〕")
        await page.click("text=直接跳")
        await page.wait_for_selector("[data-time] >> text=10:00:00")
        assert (await talk.get("/_sandbox/clock"))["now"] == "2026-09-07T10:00:00+08:00"


@pytest.mark.parametrize(
    ("written", "reached"),
    [
        pytest.param("9:00", "2026-09-07T09:00:00+08:00", id="today"),
        pytest.param("8：00", "2026-09-08T08:00:00+08:00", id="over today, so tomorrow"),
        pytest.param("9月10日 14点", "2026-09-10T14:00:00+08:00", id="in Chinese"),
        pytest.param("2-30 9:00", None, id="no such day"),
        pytest.param("soon", None, id="no moment"),
    ],
)
async def test_the_clock_understands_how_people_write_a_moment(desk, written, reached):
    async with desk() as (talk, tab):
        page = await tab("feishu", "周敏")
        await page.fill("#clock-to input", written)
        await page.press("#clock-to input", "Enter")
        await page.wait_for_selector(".toast.success" if reached else ".toast.warning >> text=看不懂这一刻")
        now = (await talk.get("/_sandbox/clock"))["now"]
        assert now == (reached or "2026-09-07T08:30:00+08:00")


async def test_a_fault_is_ordered_strikes_is_logged_and_cleared(desk):
    async with desk() as (talk, tab):
        page = await tab("dingtalk", "孙莉")
        await page.click("#tab-faults")
        await page.click("#fault-order >> text=限流 429")
        await page.click("#fault-order >> text=丢回执")
        await page.wait_for_selector("#faults .fault >> nth=1")
        async with talk.http.post(talk.town.url + "/v1.0/oauth2/accessToken", json={}):
            pass
        await page.wait_for_selector("#faults .fault >> nth=1", state="detached")
        await page.click("text=全部清除")
        await page.wait_for_selector("text=现在一切正常")
        assert await talk.get("/_sandbox/faults") == []
        await page.click("#tab-requests")
        await page.click("#requests .path:has-text('oauth2/accessToken')")
        assert "限流 429" in await page.inner_text("#requests .call")
        await page.select_option("#requests-platform", "feishu")
        await page.wait_for_selector("#requests-none:visible")


async def test_the_robots_view_follows_a_message(desk):
    async with desk() as (_, tab):
        page = await tab("dingtalk", "孙莉", "苏州工厂")
        await say(page, "听得到吗")
        await page.hover(".msg.mine")
        await page.click(".msg.mine [data-robot]")
        await page.wait_for_selector("#robot >> text=钉钉不会把它交给机器人")


async def test_news_below_what_i_read_are_announced_and_do_not_move_it(desk):
    async with desk(height=500) as (talk, tab):
        chat = talk.town.chat_named("feishu", "羽毛球社")
        for number in range(30):
            talk.town.post("feishu", id=f"om_{number}", sender="bot", text=f"第 {number} 条", chat=chat.id)
        page = await tab("feishu", "李想", "羽毛球社")
        await page.wait_for_selector("li[data-unread]", state="detached")
        await page.evaluate("document.getElementById('messages').scrollTop = 0")
        talk.town.post("feishu", id="om_new", sender="bot", text="最新的一条", chat=chat.id)
        await page.click("text=有新消息")
        await page.wait_for_selector("#below", state="hidden")
        assert await page.is_visible("text=最新的一条")


async def test_somebody_else_is_found_and_become(desk):
    async with desk() as (_, tab):
        page = await tab("feishu", "李想")
        await page.click(".list-head >> text=换人")
        await page.fill("#people-search", "设备部 孙莉")
        await page.click("#people-found >> text=孙莉")
        await page.wait_for_selector("body.on-dingtalk[data-name=孙莉][data-live]")


async def test_a_phone_shows_one_thing_at_a_time(desk):
    async with desk(width=390, height=844, has_touch=True, is_mobile=True) as (talk, tab):
        page = await tab("feishu", "李想")
        assert not await page.is_visible("#messages")
        await page.tap("text=羽毛球社")
        await page.wait_for_selector("#chats", state="hidden")
        await say(page, "周五打球")
        await page.wait_for_selector(".msg.mine >> text=周五打球")
        await page.tap(".back")
        await page.tap(".rail [data-pane-to=tools]")
        assert await page.is_visible("#clock")
        for pane in ("list", "talk", "tools"):
            await page.evaluate(f"document.body.dataset.pane = '{pane}'")
            assert await page.evaluate("document.documentElement.scrollWidth") <= 390, pane
        assert len(talk.town.chat_named("feishu", "羽毛球社").messages) == 1


async def test_a_reset_and_a_rename_reach_the_page(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想", "研发日常")
        await talk.post("/_sandbox/chats", {"platform": "feishu", "chat": "研发日常", "rename": "研发茶水间"})
        await page.wait_for_selector("#head >> text=研发茶水间")
        await page.wait_for_selector("#chats >> text=研发茶水间")
        await talk.post("/_sandbox/reset", {})
        await page.wait_for_selector("#chats >> text=研发日常")


async def test_what_people_call_themselves_and_write_stays_text(desk):
    async with desk() as (talk, tab):
        join = {"platform": "feishu", "join": PAYLOAD, "departments": ["研发部"]}
        nasty = (await talk.post("/_sandbox/people", join))["id"]
        made = {"platform": "feishu", "create": PAYLOAD, "owner": nasty, "members": ["lixiang"], "bot": True}
        chat = await talk.post("/_sandbox/chats", made)
        await Robot(talk).feishu(
            chat["id"], "interactive", card(button(PAYLOAD, "k"), title=PAYLOAD), "chat_id"
        )
        page = await tab("feishu", "李想", PAYLOAD)
        await say(page, f"@{PAYLOAD} {PAYLOAD}")
        await page.wait_for_selector(".msg.mine")
        await page.fill("#text", "@<img")
        await page.wait_for_selector(".at-option")
        await page.click("[data-members]")
        await page.wait_for_selector("#sheet .member")
        await page.keyboard.press("Escape")
        await page.click(".msg.mine [data-robot]")
        await page.click("#tab-requests")
        await page.click("#requests .call >> nth=-1")
        assert (
            await page.evaluate("document.querySelectorAll('img, #talk script, .tools script').length") == 0
        )
        assert "owned" not in await page.title()
        assert PAYLOAD in await page.inner_text(".msg.mine .bubble")


async def test_i_hire_make_a_group_and_turn_a_setting_by_hand(desk):
    async with desk() as (talk, tab):
        page = await tab("feishu", "李想")
        await page.click("#tab-town")
        await page.fill("[name=join]", "钱多多")
        await page.fill("form:has([name=join]) >> [name=departments]", "财务部")
        await page.click("form:has([name=join]) >> text=入职 >> visible=true >> nth=1")
        await page.wait_for_selector(".toast >> text=钱多多 入职了")
        assert talk.town.person_named("feishu", "钱多多", "财务部")
        await page.fill("form:has([name=members]) >> [name=create]", "停电筹备")
        await page.fill("[name=members]", "赵小满、钱多多")
        await page.click("form:has([name=members]) >> button")
        await page.click("a.row >> text=停电筹备")
        assert len(talk.town.chat_named("feishu", "停电筹备").members) == 3
        here = "form[data-chat-here] >> "
        await page.select_option(here + "[name=speak]", "admins")
        await page.fill(here + "[name=rename]", "停电筹备组")
        await page.click(here + "button >> nth=0")
        await page.wait_for_selector("#head >> text=停电筹备组")
        assert talk.town.chat_named("feishu", "停电筹备组").speak == "admins"
        await page.select_option("#settings [name=key]", "feishu.recall_within_s")
        await page.fill("#settings [name=value]", "60")
        await page.click("#settings button")
        await page.wait_for_selector(".toast >> text=feishu.recall_within_s 设好了")
        assert talk.town.setting("feishu.recall_within_s") == 60
        await page.click(here + "text=/^解散$/")
        await page.click("#ask >> text=确定")
        await page.wait_for_selector("a.row >> text=停电筹备组", state="detached")
