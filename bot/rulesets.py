"""From config.toml to the rules' settings (规则集); ``0`` in the file means no limit."""

from __future__ import annotations

from bot.config.model import Config
from policies.engine import Ruleset
from policies.rules import important_tag, mentions, repetition, work_hours


def ruleset(config: Config) -> Ruleset:
    return Ruleset(
        important_tag=important_tag.Settings(
            look_alikes=config.important.look_alikes,
            per_author_per_week=config.important.per_author_per_week or None,
        ),
        mentions=mentions.Settings(
            needs_mention=config.important.needs_mention,
            all_up_to=config.mentions.all_up_to,
            at_most=config.mentions.at_most,
        ),
        work_hours=work_hours.Settings(
            longest_hold_days=config.work_hours.longest_hold_days,
            urgent_per_author_per_month=config.work_hours.urgent_per_author_per_month or None,
        ),
        repetition=repetition.Settings(
            within_hours=config.repetition.within_hours,
            within_minutes=config.repetition.within_minutes,
        ),
    )
