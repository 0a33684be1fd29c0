"""文书 (briefing): what the company tells its people beforehand, from the configuration as it is."""

from __future__ import annotations

from bot.config.model import Config
from policies.wording import privacy as words


def notice(config: Config) -> str:
    """告知书: a line for everything that is collected now; turn something on and a line is added."""
    privacy = config.privacy
    return words.notice(
        words.Collected(
            company=config.company.name,
            admins=tuple(ref.written for ref in config.company.admins),
            reads_groups=privacy.read_groups,
            shows_readers=privacy.show_readers_to_author,
            payload_days=privacy.keep_payloads_days,
            announcement_days=privacy.keep_announcements_days,
            audit_days=privacy.keep_audit_days,
            platforms=tuple(platform.label for platform in config.platforms),
            anonymous=tuple(one.id for one in config.questionnaire if one.anonymous),
            named=tuple(one.id for one in config.questionnaire if not one.anonymous),
            pilot=config.pilot is not None,
        )
    )
