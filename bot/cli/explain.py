"""``yizhan explain`` (解释): what would happen if this person said this then; nothing is sent."""

from __future__ import annotations

import json
from typing import Annotated, Any

from cyclopts import Parameter

from bot.cli import DONE, texts
from bot.cli.door import Stopped, call
from bot.cli.options import ConfigFile


def explain(
    text: Annotated[str, Parameter(help=texts.running.EXPLAIN_TEXT)],
    *,
    as_: Annotated[str, Parameter(name="--as", help=texts.running.EXPLAIN_AS)],
    to: Annotated[str, Parameter(name="--to", help=texts.running.EXPLAIN_TO)],
    at: Annotated[str, Parameter(name="--at", help=texts.running.EXPLAIN_AT)] = "",
    json_: Annotated[bool, Parameter(name="--json", help=texts.running.AS_JSON)] = False,
    config: ConfigFile = None,
) -> int:
    try:
        answer = call(config, "explain", {"as": as_, "to": to, "at": at, "text": text})
    except Stopped as stopped:
        print(stopped)
        return stopped.code
    if json_:
        fixed = ("verdict", "hold_until", "parts", "findings", "fixes")
        print(json.dumps({key: answer[key] for key in fixed}, ensure_ascii=False))
    else:
        _show(answer)
    return DONE


def _show(answer: dict[str, Any]) -> None:
    people = sum(part["n"] for part in answer["parts"])
    print(
        texts.running.EXPLAINED.format(
            verdict=texts.running.VERDICTS[answer["verdict"]], audience=answer["audience"], people=people
        )
    )
    width = max((len(one["rule"]) for one in answer["findings"]), default=0)
    for one, said in zip(answer["findings"], answer["said"], strict=True):
        print(f" {texts.running.MARKS[one['verdict']]} {one['rule'].ljust(width)}  {said}")
    for part in answer["parts"]:
        when = texts.running.moment(part["not_before"]) if part["not_before"] else texts.running.AT_ONCE
        print(texts.running.PART.format(people=part["n"], when=when))
    if answer["fixes"]:
        print(texts.running.WAYS_OUT)
        for nth, fix in enumerate(answer["fixes"], start=1):
            verdict = texts.running.VERDICTS.get(fix["verdict"] or "", "")
            print(f" {nth}. {fix['label']} → {verdict}")
