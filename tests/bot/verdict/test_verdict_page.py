"""The verdict as a page that needs nothing from outside, in a real browser, and as a Word document."""

from __future__ import annotations

import json
import os
import shutil
from datetime import date, timedelta

import pytest
from verdict_builders import report

from bot.verdict import font, page, paper
from policies import verdict
from policies.rates import InTime
from policies.verdict import Proposal
from policies.wording import pilot, rates

DAYS_OFF = (date(2026, 9, 12), date(2026, 9, 13), date(2026, 9, 19))


def test_a_report_survives_its_way_to_the_command_line():
    assert verdict.from_json(json.loads(json.dumps(verdict.to_json(report())))) == report()


def test_what_is_open_is_no_reason_to_stop_and_two_misses_are():
    delivered, read, satisfied, solved = report().figures
    assert verdict.proposal((delivered,)) is Proposal.CONTINUE
    assert verdict.proposal((delivered, read, satisfied, solved)) is Proposal.EXTEND
    low = type(solved)(criterion=solved.criterion, rate=type(solved.rate)(yes=1, unknown=0, all=9), goal=80)
    assert verdict.proposal((low, low, delivered)) is Proposal.STOP


def test_the_page_asks_nobody_and_says_that_pilots_flatter():
    written = page.written(report(), DAYS_OFF)
    assert "http://" not in written.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in written
    assert "<script" not in written
    assert rates.FLATTERS in written
    assert "人身与安全" not in written


def test_wherever_a_figure_is_its_definition_is_in_the_companys_own_terms(tmp_path):
    docx = pytest.importorskip("docx")
    slower = InTime(delivered=timedelta(minutes=9), important_read=timedelta(hours=3), read_workdays=2)
    about = report(in_time=slower)
    paper.write(about, tmp_path / "verdict.docx")
    words = docx.Document(str(tmp_path / "verdict.docx")).paragraphs
    card = pilot.verdict(about, pilot.DECISIONS, lambda choice: choice.id)
    for written in (
        page.written(about),
        "".join(one.text for one in words),
        pilot.status(about),
        "".join(card.body),
    ):
        assert all(term in written for term in ("9 分钟", "3 个工作小时", "2 个工作日", "15 分钟"))


def test_names_from_outside_are_text():
    written = page.written(report(departments=("<img src=x onerror=alert(1)>",)))
    assert "<img" not in written


def test_the_paper_holds_the_same_figures(tmp_path):
    docx = pytest.importorskip("docx")
    to = tmp_path / "verdict.docx"
    paper.write(report(), to)
    document = docx.Document(str(to))
    cells = [cell.text for row in document.tables[0].rows for cell in row.cells]
    assert "92%–99%" in cells
    assert cells.count("无法判定") == 3
    assert len(document.inline_shapes) == 1


@pytest.mark.browser
@pytest.mark.skipif(font.file() is None, reason="the reports extra brings the font")
async def test_every_chinese_character_of_the_page_is_drawn(tmp_path):
    """Each is drawn by the page's own font: none looks like the box that stands for an unknown character."""
    browser_page = pytest.importorskip("playwright.async_api")
    to = tmp_path / "verdict.html"
    to.write_text(page.written(report(), DAYS_OFF), encoding="utf-8")
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    async with browser_page.async_playwright() as player:
        browser = await player.chromium.launch(args=root, executable_path=_executable())
        try:
            tab = await browser.new_page(viewport={"width": 900, "height": 1200})
            asked: list[str] = []
            tab.on("request", lambda request: asked.append(request.url))
            await tab.goto(to.as_uri())
            await tab.evaluate("document.fonts.ready")
            boxes = await tab.evaluate(_DRAWN)
            assert boxes["drawn"] > 150
            assert boxes["missing"] == []
            assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
            assert await tab.locator("svg").count() == 4
            if shot := os.environ.get("VERDICT_SHOT"):
                await tab.screenshot(path=shot, full_page=True)
            wide = await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
            assert wide
            await tab.set_viewport_size({"width": 390, "height": 844})
            on_a_phone = await tab.evaluate(_ON_A_PHONE)
            assert on_a_phone["overflow"] == 0
            assert on_a_phone["narrowest"] > 250
            assert on_a_phone["smallest"] >= 8
        finally:
            await browser.close()


def _executable() -> str:
    found = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("no browser: apt-get install chromium-headless-shell")
    return str(found)


_ON_A_PHONE = """() => ({
  overflow: document.documentElement.scrollWidth - innerWidth,
  narrowest: Math.min(...[...document.querySelectorAll('td')].map(one => one.getBoundingClientRect().width)),
  smallest: Math.min(...[...document.querySelectorAll('svg')].flatMap(svg => {
    const scale = svg.getBoundingClientRect().width / svg.viewBox.baseVal.width;
    return [...svg.querySelectorAll('text')].map(one => one.getAttribute('font-size') * scale);
  })),
})"""
"""By how much the page is too wide, the narrowest cell of its table, and its smallest words in pixels."""

_DRAWN = """() => {
  const ink = (character) => {
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 40;
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    pen.font = '30px Yizhan';
    pen.fillText(character, 4, 32);
    return pen.getImageData(0, 0, 40, 40).data.join();
  };
  const box = ink('\\u{10ffff}'), empty = ink(' ');
  const all = new Set([...document.body.innerText].filter(c => /[\\u4e00-\\u9fff]/.test(c)));
  const missing = [...all].filter(c => [box, empty].includes(ink(c)));
  return {drawn: all.size, missing};
}"""
