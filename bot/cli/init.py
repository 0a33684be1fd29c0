"""``yizhan init`` (初始化): asks what it must know, writes ``config.toml`` with comments, and never overwrites."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Annotated

import tomlkit
from cyclopts import Parameter

from bot.cli import DONE, GUARDED, WRONG_INPUT, Stop, texts
from bot.cli.options import ConfigFile
from bot.config import load

SECRETS = "secrets"
VARIABLES = {"feishu": "YIZHAN_FEISHU_APP_SECRET", "dingtalk": "YIZHAN_DINGTALK_CLIENT_SECRET"}
FILES = {"feishu": "feishu_app_secret", "dingtalk": "dingtalk_client_secret"}


@dataclass(slots=True)
class Answers:
    """What was asked; ``secrets``: per platform the value to be written to a file, if one was typed in."""

    company: str
    zone: str
    admins: list[str]
    feishu: str
    dingtalk: str
    corp_id: str
    references: dict[str, str]
    secrets: dict[str, str]


def init(
    *,
    company: Annotated[str, Parameter(help=texts.init.INIT_COMPANY)] = "",
    zone: Annotated[str, Parameter(help=texts.init.INIT_ZONE)] = "Asia/Shanghai",
    admin: Annotated[list[str] | None, Parameter(help=texts.init.INIT_ADMIN, negative=())] = None,
    feishu: Annotated[str, Parameter(help=texts.init.INIT_FEISHU)] = "",
    feishu_secret: Annotated[str, Parameter(help=texts.init.INIT_KEPT_WHERE)] = "",
    dingtalk: Annotated[str, Parameter(help=texts.init.INIT_DINGTALK)] = "",
    dingtalk_secret: Annotated[str, Parameter(help=texts.init.INIT_KEPT_WHERE)] = "",
    corp_id: Annotated[str, Parameter(help=texts.init.INIT_CORP)] = "",
    people: Annotated[int, Parameter(help=texts.init.INIT_PEOPLE)] = 0,
    choose: Annotated[bool, Parameter(help=texts.init.INIT_CHOOSE)] = False,
    yes: Annotated[bool, Parameter(name=["--yes", "-y"], help=texts.init.INIT_YES)] = False,
    config: ConfigFile = None,
) -> int:
    if choose:
        print(selection(people or 100))
        return DONE
    path = load.find(config)
    if path.exists():
        raise Stop(texts.init.INIT_EXISTS.format(file=load.shown(path)), GUARDED)
    answers = Answers(
        company=company,
        zone=zone,
        admins=list(admin or ()),
        feishu=feishu,
        dingtalk=dingtalk,
        corp_id=corp_id,
        references={
            name: _reference(written)
            for name, written in (("feishu", feishu_secret), ("dingtalk", dingtalk_secret))
            if written
        },
        secrets={},
    )
    if not yes:
        _ask(answers, people)
    if missing := _missing(answers):
        raise Stop(texts.init.INIT_MISSING.format(missing=texts.words.AND.join(missing)), WRONG_INPUT)
    write(path, answers)
    print(texts.init.INIT_DONE.format(file=load.shown(path), how=_how(answers)))
    return DONE


def _reference(written: str) -> str:
    """Only a reference: a value on the command line would be seen by everybody on the machine."""
    if (written.startswith("${") and written.endswith("}")) or written.startswith("file:"):
        return written
    raise Stop(texts.init.INIT_IN_THE_OPEN, WRONG_INPUT)


def _missing(answers: Answers) -> list[str]:
    wanted = [("--company", answers.company), ("--admin", answers.admins)]
    if not answers.feishu and not answers.dingtalk:
        wanted.append(("--feishu / --dingtalk", ""))
    if answers.dingtalk:
        wanted.append(("--corp-id", answers.corp_id))
    return [name for name, value in wanted if not value]


# ── Asking ────────────────────────────────────────────────────────────────────────────────────────


def _ask(answers: Answers, people: int) -> None:
    if not sys.stdin.isatty() and _missing(answers):
        raise Stop(texts.init.INIT_NOT_A_TERMINAL, WRONG_INPUT)
    try:
        answers.company = answers.company or _question(texts.init.INIT_ASK_COMPANY)
        if not answers.feishu and not answers.dingtalk:
            written = people or _question(texts.init.INIT_ASK_PEOPLE)
            print(selection(int(written) if str(written).isdecimal() else 100))
            answers.feishu = _question(texts.init.INIT_ASK_FEISHU)
            answers.dingtalk = _question(texts.init.INIT_ASK_DINGTALK)
        if answers.dingtalk and not answers.corp_id:
            answers.corp_id = _question(texts.init.INIT_ASK_CORP)
        for name in _platforms(answers):
            if name not in answers.references:
                answers.secrets[name] = getpass.getpass(texts.init.INIT_ASK_SECRET[name]).strip()
        if not answers.admins:
            answers.admins = (
                _question(texts.init.INIT_ASK_ADMINS).replace("，", ",").replace("、", ",").split(",")
            )
            answers.admins = [one.strip() for one in answers.admins if one.strip()]
    except EOFError:
        raise Stop(texts.init.INIT_NOT_A_TERMINAL, WRONG_INPUT) from None


def _question(text: str) -> str:
    return input(text).strip()


def _platforms(answers: Answers) -> tuple[str, ...]:
    return tuple(name for name in ("feishu", "dingtalk") if getattr(answers, name))


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────


def write(path: Path, answers: Answers) -> None:
    """Secrets first, each in a file of its own; nothing that is there is touched.

    Raises:
        Stop: a file is in the way, or the folder cannot be written to.
    """
    text = render(answers)
    try:
        for name, value in answers.secrets.items():
            if value:
                folder = path.parent / SECRETS
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                _create(folder / FILES[name], value)
        _create(path, text)
    except FileExistsError as error:
        raise Stop(texts.init.INIT_EXISTS.format(file=error.filename), GUARDED) from error
    except OSError as error:
        raise Stop(texts.init.INIT_CANNOT_WRITE.format(file=error.filename, why=error.strerror)) from error


def _create(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(text)


def render(answers: Answers) -> str:
    """The template with the answers in it, comments kept."""
    template = (resources.files("bot") / "data" / "config.init.toml").read_text(encoding="utf-8")
    document = tomlkit.parse(template)
    company, announce = document["company"], document["announce"]
    company["name"] = answers.company
    company["zone"] = answers.zone
    company["admins"] = answers.admins
    announce["grant"][0]["who"] = answers.admins
    for name, own, secret in (
        ("feishu", "app_id", "app_secret"),
        ("dingtalk", "client_id", "client_secret"),
    ):
        if not getattr(answers, name):
            document.remove(name)
            continue
        section = document[name]
        section[own] = getattr(answers, name)
        section[secret] = _secret(answers, name)
        if name == "dingtalk":
            section["corp_id"] = answers.corp_id
    return tomlkit.dumps(document)


def _secret(answers: Answers, name: str) -> str:
    if answers.secrets.get(name):
        return f"file:{SECRETS}/{FILES[name]}"
    return answers.references.get(name) or f"${{{VARIABLES[name]}}}"


def _how(answers: Answers) -> str:
    """What is left to do with the secrets."""
    variables = [
        VARIABLES[name]
        for name in _platforms(answers)
        if not answers.secrets.get(name) and name not in answers.references
    ]
    written = [f"{SECRETS}/{FILES[name]}" for name in answers.secrets if answers.secrets[name]]
    lines: Sequence[str] = [
        *([texts.init.INIT_SECRETS_WRITTEN.format(files=texts.words.AND.join(written))] if written else []),
        *(
            [texts.init.INIT_SECRETS_WANTED.format(names=texts.words.AND.join(variables))]
            if variables
            else []
        ),
    ]
    return "".join(f"{line}\n" for line in lines)


# ── Choosing ──────────────────────────────────────────────────────────────────────────────────────


def selection(people: int) -> str:
    """Which platform for a company of this size, why, and what each can keep of the policy."""
    import random

    from adapters.dingtalk.adapter import DingTalkSettings, capabilities
    from adapters.dingtalk.limits import BATCH_SIZE, CALLS, MONTHLY
    from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
    from bot import promises
    from bot.clock import SystemClock

    def dingtalk(template: str) -> DingTalkSettings:
        return DingTalkSettings(
            client_id="", client_secret="", robot_code="", corp_id="", card_template=template
        )

    feishu = FeishuAdapter(
        FeishuSettings(app_id="", app_secret=""),
        SystemClock(),
        random.Random(),  # noqa: S311 - asked only what it can do
    ).capabilities
    rows = promises.table(feishu, capabilities(dingtalk("template")), capabilities(dingtalk("")))
    batches = -(-people // BATCH_SIZE)
    month = MONTHLY["standard"][CALLS]
    return texts.init.selection(people, batches, month, rows)
