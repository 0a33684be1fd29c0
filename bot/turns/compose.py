"""拟稿 (compose): from a person's words to an announcement: tags parsed, mentions lifted out of the text."""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.conversation import audience as audiences
from bot.store.mirror import Directory
from policies import tags
from policies.model import (
    Account,
    Announcement,
    Audience,
    Everyone,
    Mention,
    Person,
    Tag,
    Urgency,
)

_TYPED = re.compile(r"[@＠]([^\s@＠，,。；;：:！!？?、（）()]{1,20}(?:[（(][^（()）]{1,20}[）)])?)")
_ALL = frozenset({"所有人", "全体成员", "全体", "all", "All", "ALL"})


def compose(
    asker: Person,
    audience: Audience,
    text: str,
    directory: Directory,
    *,
    id: str,  # noqa: A002 - the glossary's word
    mentioned: Iterable[Account] = (),
    mentions_all: bool = False,
) -> Announcement:
    """An announcement of ``text`` to ``audience``.

    Args:
        mentioned: accounts the platform says were really mentioned.
    """
    parsed = tags.parse(tags.clean(text))
    body, mentions = lift_mentions(parsed.rest, directory, mentioned=mentioned, mentions_all=mentions_all)
    return Announcement(
        id=id,
        author=asker.id,
        text=body,
        audience=audience,
        tags=frozenset(parsed.tags) - {Tag.URGENT},
        raw_tag="" if parsed.is_exact else parsed.raw,
        urgency=Urgency.URGENT if Tag.URGENT in parsed.tags else Urgency.NORMAL,
        mentions=mentions,
    )


def lift_mentions(
    text: str, directory: Directory, *, mentioned: Iterable[Account] = (), mentions_all: bool = False
) -> tuple[str, tuple[Mention, ...]]:
    """Take ``@名字`` out of the text where it is one person, a department (its head) or everybody.

    A name that is nobody's or several people's stays what it is: words.
    """
    found: list[Mention] = []
    for account in mentioned:
        person = directory.by_account(account)
        if person is not None:
            found.append(person.id)
    if mentions_all:
        found.append(Everyone.ALL)

    def lifted(match: re.Match[str]) -> str:
        meant = _meant(match[1], directory)
        found.extend(meant)
        return "" if meant else match[0]

    body = _TYPED.sub(lifted, text)
    return re.sub(r"[ \t]{2,}", " ", body).strip(), tuple(dict.fromkeys(found))


def as_mentions(names: str) -> str:
    """``王芳、何佳`` as if each had been typed with an @: the answer to whom shall be mentioned."""
    return " ".join(f"@{name}" for name in re.split(r"[\s、,，@＠和]+", names) if name)


def _meant(name: str, directory: Directory) -> tuple[Mention, ...]:
    if name in _ALL:
        return (Everyone.ALL,)
    person = audiences.person_named(name, directory)
    if isinstance(person, Person):
        return (person.id,)
    heads = directory.heads_of(name) or directory.heads_of(f"{name}部")
    return tuple(head.id for head in heads if head.is_active)
