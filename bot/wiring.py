"""接线 (wiring): from the configuration to a clock, adapters and the current world; also without a living bot."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import replace

from adapters.dingtalk.adapter import DingTalkAdapter, DingTalkSettings
from adapters.dingtalk.limits import Edition as DingTalkEdition
from adapters.feishu.adapter import FeishuAdapter, FeishuSettings
from adapters.feishu.webhook import WebhookSettings
from adapters.port import ChatAdapter
from bot import calendars, rulesets, world
from bot.clock import CivilClock, FollowedClock, SystemClock
from bot.config.load import Loaded
from bot.config.sections import Feishu as FeishuSection
from bot.directory import Mirror
from bot.store.engine import Store
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from bot.workspace.observe import Observer
from bot.workspace.office import Office
from bot.world import World
from policies.calendar import Calendars
from policies.model import Chat, Platform
from policies.remedy import Channel

_EDITIONS: Mapping[str, DingTalkEdition] = {
    "standard": "standard",
    "professional": "professional",
    "exclusive": "dedicated",
}


def make_clock(loaded: Loaded) -> CivilClock:
    """The machine's clock, or the one the configuration follows."""
    follow = loaded.config.clock.follow
    return FollowedClock(follow) if follow else SystemClock()


def make_adapters(loaded: Loaded, clock: CivilClock, rng: random.Random) -> dict[Platform, ChatAdapter]:
    """One adapter for each configured platform."""
    config = loaded.config
    found: dict[Platform, ChatAdapter] = {}
    if config.feishu is not None:
        found[Platform.FEISHU] = FeishuAdapter(
            FeishuSettings(
                app_id=config.feishu.app_id,
                app_secret=config.feishu.app_secret.get_secret_value(),
                domain=config.feishu.domain,
                edition=config.feishu.edition,
                hears_groups=bool(config.privacy.read_groups),
                webhook=_webhook(config.feishu),
            ),
            clock,
            rng,
        )
    if config.dingtalk is not None:
        found[Platform.DINGTALK] = DingTalkAdapter(
            DingTalkSettings(
                client_id=config.dingtalk.client_id,
                client_secret=config.dingtalk.client_secret.get_secret_value(),
                robot_code=config.dingtalk.robot_code,
                corp_id=config.dingtalk.corp_id,
                api=config.dingtalk.api,
                oapi=config.dingtalk.oapi,
                edition=_EDITIONS[config.dingtalk.edition],
                card_template=config.dingtalk.card_template,
                group_template=config.dingtalk.group_template,
            ),
            clock=clock,
            rng=rng,
        )
    return found


def _webhook(section: FeishuSection) -> WebhookSettings | None:
    """Which ``mode`` asks for it; the configuration has seen to it that key and token are there."""
    if section.mode != "webhook" or section.encrypt_key is None or section.verification_token is None:
        return None
    return WebhookSettings(
        listen=section.webhook_listen,
        verification_token=section.verification_token.get_secret_value(),
        encrypt_key=section.encrypt_key.get_secret_value(),
    )


def tenants(loaded: Loaded) -> dict[Platform, str]:
    """What derived keys hang on, known before the first event: the app on Feishu, the company on DingTalk."""
    config = loaded.config
    found = {}
    if config.feishu is not None:
        found[Platform.FEISHU] = config.feishu.app_id
    if config.dingtalk is not None:
        found[Platform.DINGTALK] = config.dingtalk.corp_id
    return found


class WorldKeeper:
    """Holds the current ``World`` and makes a new one whenever the mirror has changed."""

    def __init__(self, loaded: Loaded, adapters: Mapping[Platform, ChatAdapter]) -> None:
        self._loaded = loaded
        self._adapters = adapters
        self._calendars = self._read_calendars()
        self._ruleset = rulesets.ruleset(loaded.config)
        self._world: World | None = None

    def current(self) -> World:
        """Raises ``RuntimeError`` before the mirror was loaded once."""
        if self._world is None:
            raise RuntimeError("the mirror has not been loaded")
        return self._world

    def reread_calendars(self) -> bool:
        """Whether the company's hours or the published days have changed since they were read.

        Raises:
            ConfigProblems: a notice in the data folder has mistakes; what was known stays.
        """
        fresh = self._read_calendars()
        if fresh == self._calendars:
            return False
        self._calendars = fresh
        if self._world is not None:
            self._world = replace(self._world, calendars=fresh)
        return True

    def _read_calendars(self) -> Calendars:
        tables = calendars.tables(self._loaded.data_dir / calendars.FOLDER)
        return calendars.calendars(self._loaded.config, tables)

    def renew(self, directory: Directory, chats: Mapping[Chat, ChatRow]) -> None:
        """Resolve the configuration against this directory and these groups."""
        self._world = world.build(
            self._loaded.config,
            directory=directory,
            chats=chats,
            calendars=self._calendars,
            ruleset=self._ruleset,
            channels={platform: _channel(adapter) for platform, adapter in self._adapters.items()},
            tenants=tenants(self._loaded),
            pots={
                (platform, pot): limit
                for platform, adapter in self._adapters.items()
                for pot, limit in adapter.capabilities.monthly.items()
            },
        )


def make_mirror(
    loaded: Loaded,
    store: Store,
    clock: CivilClock,
    adapters: Mapping[Platform, ChatAdapter],
    keeper: WorldKeeper,
) -> Mirror:
    """Which tells the keeper of the world of every change."""
    return Mirror(
        store=store,
        clock=clock,
        adapters=adapters,
        managed=world.managed_groups(loaded.config),
        links=loaded.links,
        zone=loaded.config.work_hours.zone or loaded.config.company.zone,
        on_change=keeper.renew,
    )


def make_office(
    loaded: Loaded,
    store: Store,
    clock: CivilClock,
    adapters: Mapping[Platform, ChatAdapter],
    keeper: WorldKeeper,
    mirror: Mirror,
) -> Office:
    """Plan, apply, adopt, release."""
    named = world.managed_groups(loaded.config)
    return Office(
        config=loaded.config,
        store=store,
        clock=clock,
        adapters=adapters,
        world=keeper.current,
        mirror=mirror,
        observer=Observer(store=store, clock=clock, adapters=adapters, named=named),
    )


def _channel(adapter: ChatAdapter) -> Channel:
    able = adapter.capabilities
    return Channel(
        platform=able.platform,
        cards=able.cards,
        forms=able.forms,
        group_mentions=able.group_mentions,
        batch_size=able.batch_size,
        text_bytes=able.max_text_bytes,
    )
