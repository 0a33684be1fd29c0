"""交接 (handing over): what somebody leaves behind has somebody else who answers for it; nothing is sent or dropped by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.facts import Scene
from bot.store.plans import GroupAsk
from bot.store.rows import AnnouncementRow
from bot.turns import draft, freshness, tell
from bot.turns.outcome import Outcome
from policies.model import Person
from policies.wording import keeping as words


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What went from one person to another.

    Attributes:
        announcements: each with the moment at which it leaves, ``None``: nothing of it waits for one.
        polls: questionnaires that are planned; whose results the other one gets now.
        sealed: those that are open: what was promised when they opened stays.
        in_file: those that the configuration names readers for.
    """

    old: Person
    new: Person
    announcements: tuple[tuple[AnnouncementRow, datetime | None], ...] = ()
    polls: int = 0
    sealed: int = 0
    in_file: int = 0


def handed_over(scene: Scene, ask: GroupAsk, handed: Sequence[Handed], *, asks_first: bool) -> Outcome:
    """Whoever has them now is told; who pressed reads what became of it."""
    out = Outcome()
    for one in handed:
        for row, leaves_at in one.announcements:
            out += freshness.given_to(scene, row, one.new, leaves_at, asks_first=asks_first)
        shown = [(row.announcement.text, leaves_at) for row, leaves_at in one.announcements]
        text = words.given_to_you(
            one.old.name, shown, one.polls, scene.now, asks_first=asks_first, zone=scene.world.zone
        )
        out += tell.tell(scene, [one.new], text, cause=ask.id, step="handed-over", kind="workspace")
        said = words.handed_over(
            one.old.name,
            one.new.name,
            len(one.announcements),
            one.polls,
            one.sealed,
            one.in_file,
            asks_first=asks_first,
        )
        out += draft.say(scene, said, ask.id, f"handed-over:{one.old.id}")
    return out
