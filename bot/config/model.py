"""The whole of config.toml as one frozen value (配置)."""

from __future__ import annotations

from typing import Self

from pydantic import model_validator

from bot.config.policy import Announce, Grant, Important, Mentions, Privacy, Repetition, WorkHours
from bot.config.questionnaires import Ballots, Questionnaire
from bot.config.rooms import Briefing, Console, Desk, Feedback, Pilot
from bot.config.sections import Clock, Company, DingTalk, Feishu, Health, Log, PersonLink, Section, Store
from bot.config.values import Ref, RefKind, break_rule
from bot.config.workspace import Workspace
from policies.model import Platform
from policies.questionnaire.occasions import Rhythm


class Config(Section):
    """A table that is left out has its defaults; a platform that is left out is not used."""

    company: Company
    person: tuple[PersonLink, ...] = ()
    store: Store = Store()
    feishu: Feishu | None = None
    dingtalk: DingTalk | None = None
    work_hours: WorkHours = WorkHours()
    important: Important = Important()
    mentions: Mentions = Mentions()
    repetition: Repetition = Repetition()
    announce: Announce = Announce()
    workspace: Workspace = Workspace()
    pilot: Pilot | None = None
    feedback: Feedback = Feedback()
    questionnaire: tuple[Questionnaire, ...] = ()
    ballots: Ballots = Ballots()
    privacy: Privacy = Privacy()
    clock: Clock = Clock()
    health: Health = Health()
    log: Log = Log()
    briefing: Briefing = Briefing()
    console: Console = Console()
    desk: Desk = Desk()

    @model_validator(mode="after")
    def _people_and_questionnaires_are_told_apart(self) -> Self:
        for platform in ("feishu", "dingtalk"):
            seen: set[str] = set()
            for place, link in enumerate(self.person):
                account = getattr(link, platform)
                if account in seen:
                    break_rule("account-twice", f"person.{place}.{platform}", account=account)
                seen.add(account)
        ids: set[str] = set()
        for place, questionnaire in enumerate(self.questionnaire):
            if questionnaire.id in ids:
                break_rule("questionnaire-twice", f"questionnaire.{place}.id", id=questionnaire.id)
            ids.add(questionnaire.id)
            self._is_in_the_pilot(questionnaire, place)
        return self

    def _is_in_the_pilot(self, questionnaire: Questionnaire, place: int) -> None:
        when = questionnaire.when
        if when.rhythm is Rhythm.PILOT and (self.pilot is None or when.nth > self.pilot.days):
            days = self.pilot.days if self.pilot is not None else 0
            break_rule("not-in-the-pilot", f"questionnaire.{place}.when", nth=when.nth, days=days)

    @property
    def platforms(self) -> tuple[Platform, ...]:
        """Those that are configured, in a fixed order."""
        sections = {Platform.FEISHU: self.feishu, Platform.DINGTALK: self.dingtalk}
        return tuple(platform for platform, section in sections.items() if section is not None)

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Those of the file; without any: admins to the company, everyone to their own department."""
        if self.announce.grant:
            return self.announce.grant
        everyone = Ref(kind=RefKind.EVERYONE, written="everyone")
        company = Ref(kind=RefKind.COMPANY, written="company")
        own = Ref(kind=RefKind.OWN_DEPARTMENT, written="own-department")
        return (
            Grant.model_construct(who=self.company.admins, audience=company),
            Grant.model_construct(who=(everyone,), audience=own),
        )
