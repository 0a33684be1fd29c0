"""告知 (tell): what the bot says unasked obeys the recipient's hours too; only alarms leave at once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.facts import Scene
from bot.store.keys import derive
from bot.store.rows import Action, AnnouncementRow, Dialog, NewOutbox, OutboxState
from bot.turns.outcome import Outcome
from policies import remedy
from policies.card import Card
from policies.effects import Effect, SendCard, SendText
from policies.model import Account, Person, Urgency, Weight
from policies.wording import plain

NUMBERS_LIVE = timedelta(hours=12)


def tell(
    scene: Scene,
    people: Iterable[Person],
    what: str | Card,
    *,
    cause: str,
    step: str,
    kind: str,
    platform_of_first: Account | None = None,
    actions: tuple[Action, ...] = (),
    urgency: Urgency = Urgency.NORMAL,
    group: str = "",
) -> Outcome:
    """One message to each, at once or when their hours open, as ``remedy.hours_for_tell`` says of its ``kind``.

    ``group``: what may have to be taken back together while it waits. Where there are no buttons the numbers of what
    is read now stand for ``actions``; those of what waits do not, since another question may be read before it.
    """
    rows, dialogs = [], []
    offers = tuple((action.label, action.id) for action in actions)
    for person in {person.id: person for person in people}.values():
        recipient = scene.world.recipient(person, platform_of_first)
        moment = remedy.hours_for_tell(kind, urgency, recipient, scene.world.calendars, scene.now)
        account = recipient.account
        rows.append(_row(scene, account, what, cause, step, moment, group, is_alarm=moment is None))
        if offers and moment is None and not scene.world.channels[account.platform].cards:
            until = scene.now + NUMBERS_LIVE
            dialogs.append(Dialog(account=account, offers=offers, until=until, greeted=True))
    return Outcome(outbox=tuple(rows), actions=actions, dialogs=tuple(dialogs))


def key_of(scene: Scene, cause: str, step: str, account: Account) -> str:
    """The key of such a message, so that its card can be given another face."""
    return derive(scene.world.tenants[account.platform], cause, f"tell:{step}", str(account), 0)


def author_and_admins(
    scene: Scene,
    row: AnnouncementRow,
    what: str | Card,
    *,
    step: str,
    kind: str,
    actions: tuple[Action, ...] = (),
) -> Outcome:
    """The author, while they are with us, and every admin."""
    return tell(
        scene,
        concerned(scene, row),
        what,
        cause=row.announcement.id,
        step=step,
        kind=kind,
        platform_of_first=row.asked_from,
        actions=actions,
    )


def concerned(scene: Scene, row: AnnouncementRow) -> list[Person]:
    """The author, while they are with us, and every admin."""
    author = scene.world.directory.person(row.announcement.author)
    first = [author] if author is not None and author.is_active else []
    return [*first, *scene.world.admin_people()]


def _row(
    scene: Scene,
    account: Account,
    what: str | Card,
    cause: str,
    step: str,
    moment: datetime | None,
    group: str,
    *,
    is_alarm: bool,
) -> NewOutbox:
    effect: Effect
    if isinstance(what, Card):
        cards = scene.world.channels[account.platform].cards
        effect = SendCard(to=account, card=what) if cards else SendText(to=account, text=plain.twin(what))
    else:
        effect = SendText(to=account, text=what)
    return NewOutbox(
        key=key_of(scene, cause, step, account),
        effect=effect,
        step=f"tell:{step}",
        state=OutboxState.DUE,
        weight=Weight.URGENT if is_alarm else Weight.CHORE,
        recipients=(account,),
        not_before=moment,
        group=group,
        cause=cause,
        created_at=scene.now,
    )
