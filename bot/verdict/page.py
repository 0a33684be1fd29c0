"""网页 (page): one file with everything in it; it opens from a mail or a stick, and asks nobody for anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from html import escape

from bot.verdict import charts, font
from policies.verdict import Report
from policies.wording import rates, verdict_page

_CSS = """
:root{color-scheme:light}
*{box-sizing:border-box}
body{margin:0;background:#faf8f3;color:#222;font:16px/1.7 Yizhan,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
main{max-width:760px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:1.7rem;line-height:1.3;margin:0}
h2{font-size:1.15rem;margin:2.2rem 0 .5rem;border-left:4px solid #3d6a96;padding-left:.6rem}
.sub{color:#666;margin:.3rem 0 1.4rem}
.decision{background:#fff;border:1px solid #e3ded2;border-left:6px solid #b7791f;padding:14px 18px;border-radius:6px}
.decision.yes{border-left-color:#2f7d4f}.decision.no{border-left-color:#b3423a}
.decision b{font-size:1.25rem;display:block}
svg{width:100%;max-width:620px;height:auto;display:block}
.summary{margin:.6rem 0 0;padding:0;list-style:none}
svg text{fill:#222;font-family:inherit}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{border-bottom:1px solid #e3ded2;padding:.5rem .4rem;text-align:left;vertical-align:top}
th{white-space:nowrap;color:#666;font-weight:600}
td:nth-child(-n+4){white-space:nowrap}
td:nth-child(-n+2){font-weight:600}
.wide{overflow-x:auto}
.caption{color:#666;font-size:.88rem;margin:.3rem 0 0}
@media (max-width:640px){
thead{display:none}
tr{display:block;background:#fff;border:1px solid #e3ded2;border-radius:6px;padding:.6rem .8rem;margin:.6rem 0}
td{display:block;border:0;padding:.15rem 0}
td:nth-child(n+2)::before{content:attr(data-head) "：";color:#666;font-weight:400}
td:first-child{font-size:1rem}
}
@media print{body{background:#fff}h2{break-after:avoid}svg,table{break-inside:avoid}}
"""


def written(report: Report, days_off: Sequence[date] = ()) -> str:
    """The page as HTML."""
    body = _body(report, days_off)
    title = escape(verdict_page.title(report))
    text = "".join(_words(body))
    return (
        f'<!doctype html>\n<html lang="zh-CN"><head><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{font.face(text + title)}{_CSS}</style></head><body><main>{body}</main></body></html>\n"
    )


def _body(report: Report, days_off: Sequence[date]) -> str:
    parts = [
        f"<h1>{escape(verdict_page.title(report))}</h1>",
        f'<p class="sub">{escape(verdict_page.subtitle(report))}</p>',
        _decision(report),
        _part(verdict_page.FIGURES, charts.intervals(report), verdict_page.INTERVALS),
        _table(report),
        _part(verdict_page.STANDINGS, charts.standings(report), verdict_page.STANDINGS_CAPTION),
        _part(verdict_page.DAYS, charts.days(report, days_off), verdict_page.DAYS_CAPTION),
        _part(
            verdict_page.CLASSES,
            charts.classes(report) or _paragraph(verdict_page.NO_CLASSES),
            verdict_page.stopped(report) if report.announcements else "",
        ),
        _part(verdict_page.TICKETS, _paragraph(verdict_page.tickets(report)), ""),
    ]
    if report.advice:
        parts.append(_part(verdict_page.ADVICE, _list(verdict_page.advice(report)), ""))
    parts.append(_part(verdict_page.CAUTION, _list(verdict_page.cautions(report)), ""))
    return "\n".join(filter(None, parts))


def _decision(report: Report) -> str:
    colour = {True: " yes", False: " no", None: ""}[verdict_page.is_good(report)]
    said = f"<b>{escape(verdict_page.decision(report))}</b>{escape(rates.RULE)}"
    said += "".join(f'<p class="summary">{escape(one)}</p>' for one in verdict_page.summary(report))
    return f'<div class="decision{colour}">{escape(verdict_page.DECISION)}{said}</div>'


def _part(heading: str, drawn: str, caption: str) -> str:
    if not drawn:
        return ""
    below = f'<p class="caption">{escape(caption)}</p>' if caption else ""
    return f"<section><h2>{escape(heading)}</h2>{drawn}{below}</section>"


def _table(report: Report) -> str:
    heads = _cells("th", verdict_page.HEADS)
    rows = "".join(f"<tr>{_labelled(verdict_page.row(one, report.in_time))}</tr>" for one in report.figures)
    return f'<div class="wide"><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'


def _cells(tag: str, words: Iterable[str]) -> str:
    return "".join(f"<{tag}>{escape(one)}</{tag}>" for one in words)


def _labelled(words: Iterable[str]) -> str:
    """With the head of its column, which a narrow screen shows in front of it."""
    pairs = zip(verdict_page.HEADS, words, strict=True)
    return "".join(f'<td data-head="{escape(head)}">{escape(one)}</td>' for head, one in pairs)


def _paragraph(words: str) -> str:
    return f"<p>{escape(words)}</p>"


def _list(items: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(one)}</li>' for one in items)}</ul>"


def _words(body: str) -> Iterable[str]:
    """Everything but ASCII: what the font has to bring."""
    return (character for character in body if not character.isascii())
