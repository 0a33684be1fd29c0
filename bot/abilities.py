"""用途 (abilities): what this configuration asks of a platform; what it does not ask can be given back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from adapters.port import Ability
from bot.config.model import Config
from bot.config.values import Ref, RefKind
from bot.store.mirror import Directory
from policies.model import Account, Person, Platform

ALWAYS = frozenset(
    {
        Ability.SPEAK,
        Ability.LISTEN,
        Ability.SHOW_CARDS,
        Ability.RECALL,
        Ability.ASK_READERS,
        Ability.SEE_PEOPLE,
        Ability.SEE_GROUPS,
    }
)
"""Announcing, taking back, counting readers: what there is a bot for."""


def wanted(config: Config, platform: Platform) -> frozenset[Ability]:
    """By the rules and tables that are switched on."""
    workspace = config.workspace
    folders = [group.folders for group in workspace.department]
    folders += [group.folders for group in workspace.project]
    found = set(ALWAYS)
    if platform is Platform.FEISHU and config.privacy.read_groups:
        found.add(Ability.HEAR_GROUPS)
    if folders:
        found |= {Ability.KEEP_GROUPS, Ability.APPOINT_ADMINS}
    if workspace.company_group:
        found |= {Ability.KEEP_GROUPS, Ability.APPOINT_ADMINS, Ability.LIMIT_SPEAKERS}
    if any(one.speak for one in workspace.department) or any(one.speak for one in workspace.project):
        found.add(Ability.LIMIT_SPEAKERS)
    if any(folders):
        found.add(Ability.KEEP_FOLDERS)
    return frozenset(found)


def to_json(config: Config) -> dict[str, list[str]]:
    """For every configured platform, to be sent to the living bot: the file may be newer than the bot."""
    return {platform.value: sorted(wanted(config, platform)) for platform in config.platforms}


def from_json(
    written: Mapping[str, Sequence[str]], platforms: Iterable[Platform]
) -> dict[Platform, frozenset[Ability]]:
    """A platform of which nothing was said asks for what is always asked for."""
    return {
        platform: frozenset(map(Ability, written[platform])) if platform in written else ALWAYS
        for platform in platforms
    }


def admins(config: Config, directory: Directory) -> dict[Platform, tuple[Account, str]]:
    """On each platform the first administrator with an account there, and their name."""
    found: dict[Platform, tuple[Account, str]] = {}
    for ref in config.company.admins:
        person = _person(ref, directory)
        accounts = person.accounts if person is not None else (ref.account,) if ref.account else ()
        for account in accounts:
            found.setdefault(account.platform, (account, person.name if person else account.id))
    return found


def _person(ref: Ref, directory: Directory) -> Person | None:
    if ref.kind is RefKind.ACCOUNT:
        return directory.by_account(ref.account) if ref.account else None
    named = directory.named(ref.name)
    return named[0] if len(named) == 1 else None
