"""A desk before the page: a browser, a town, and tabs that are people."""

import contextlib
from urllib.parse import urlencode

import pytest
import pytest_asyncio
from page_town import living_town, open_browser, someone


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(tmp_path_factory):
    async with open_browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


@pytest.fixture
def desk(browser):
    """A town, and a way to open a tab as somebody; what a tab complains about fails the test."""

    @contextlib.asynccontextmanager
    async def sit(*, width=1280, height=800, **options):
        complaints = []
        async with living_town() as talk:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, locale="zh-CN", **options
            )
            context.set_default_timeout(8000)

            async def tab(platform, name, chat=""):
                page = await context.new_page()
                page.on("pageerror", lambda error: complaints.append(str(error)))
                page.on(
                    "console", lambda said: complaints.append(said.text) if "Security" in said.text else None
                )
                query = {"as": someone(talk.town, platform, name)}
                query |= {"chat": talk.town.chat_named(platform, chat).id} if chat else {}
                await page.goto(f"{talk.town.url}/?{urlencode(query)}")
                await page.wait_for_selector("body[data-live]")
                return page

            try:
                yield talk, tab
            finally:
                await context.close()
        assert complaints == []

    return sit


async def say(page, words):
    await page.fill("#text", words)
    await page.press("#text", "Enter")
