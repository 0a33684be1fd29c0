"""受众 (audience): from the words of a sentence to whom exactly, by the directory; never by guessing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from bot.conversation import names
from bot.store.mirror import Directory
from bot.store.rows import ChatRow
from policies.model import (
    Account,
    Audience,
    AudienceKind,
    Chat,
    DepartmentId,
    Everyone,
    Mention,
    Person,
    PersonId,
    Platform,
    Recipient,
)

_COMPANY = frozenset({"全员", "全公司", "公司", "所有人", "大家", "全体", "全体员工", "company"})
_OWN = frozenset({"我们部门", "本部门", "部门", "我部门", "部门里", "我们组", "own-department"})
_SPLIT = re.compile(r"[、,，;；]|\s*和\s*")
_QUALIFIED = re.compile(r"^(?P<name>.+?)\s*[（(〔\[](?P<where>[^）)〕\]]+)[）)〕\]]$")
_IN_FRONT = re.compile(r"^(?P<where>[^\s的]{2,20})(?:的|[ \t]+)(?P<name>[^\s的]{2,20})$")
_PLATFORMS = {
    "飞书": Platform.FEISHU,
    "钉钉": Platform.DINGTALK,
    "feishu": Platform.FEISHU,
    "dingtalk": Platform.DINGTALK,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """A name that is nobody's or several people's; ``candidates`` are shown, one of them must be chosen.

    Attributes:
        written: the name as the person wrote it.
        candidates: ``(how it would be said, how it is written unambiguously)``; empty when nobody has that name.
        near: names that look or sound like it; they are proposed, never taken.
        is_address: written as 王姐, 老陈, 小满: the candidates are those who may be called so.
    """

    written: str
    candidates: tuple[tuple[str, str], ...] = ()
    near: tuple[str, ...] = ()
    is_address: bool = False


def resolve(
    to: str, kind: str, asker: Person, directory: Directory, chats: Iterable[ChatRow]
) -> Audience | Unresolved:
    """What ``to`` means when ``asker`` says it.

    Args:
        kind: what the command word already says: ``company``, ``department``, ``group`` or ``any``.
    """
    written, platform = _narrowed(to, directory)
    if kind == "company" or written in _COMPANY:
        return Audience(kind=AudienceKind.COMPANY, platform=platform)
    if not written or written in _OWN:
        return _own_department(asker, directory, platform)
    groups = [
        row for row in chats if row.is_alive and _is_named(row, written) and platform in (None, row.platform)
    ]
    if kind == "group" or written.endswith("群"):
        return _one_group(written, groups)
    departments = directory.departments_named(written, platform)
    if departments:
        return Audience(
            kind=AudienceKind.DEPARTMENT,
            name=departments[0].name,
            platform=platform,
            departments=tuple(department.id for department in departments),
        )
    if kind != "department" and groups:
        return _one_group(written, groups)
    return _people(written, directory)


def _narrowed(to: str, directory: Directory) -> tuple[str, Platform | None]:
    """``飞书:研发部`` is a department on one platform, ``feishu:ou_1`` is an account."""
    head, colon, rest = to.replace("：", ":").partition(":")
    platform = _PLATFORMS.get(head) if colon else None
    first = _SPLIT.split(rest)[0].strip()
    if platform is not None and directory.by_account(Account(platform, first)) is None:
        return rest, platform
    return to.strip().lstrip("@＠").strip(), None


def _own_department(asker: Person, directory: Directory, platform: Platform | None) -> Audience | Unresolved:
    own = [directory.department(identity) for identity in asker.departments]
    names = [
        department.name for department in own if department is not None and department.parent is not None
    ]
    if not names:
        return Unresolved(written="本部门")
    same = directory.departments_named(names[0], platform)
    return Audience(
        kind=AudienceKind.DEPARTMENT,
        name=names[0],
        platform=platform,
        departments=tuple(department.id for department in same),
    )


def _is_named(row: ChatRow, written: str) -> bool:
    return row.name in (written, written.removesuffix("群"), written.removesuffix("群") + "群")


def _one_group(written: str, groups: list[ChatRow]) -> Audience | Unresolved:
    if len(groups) == 1:
        row = groups[0]
        return Audience(
            kind=AudienceKind.GROUP, name=row.name, chat=Chat(row.platform, row.id), platform=row.platform
        )
    return Unresolved(
        written=written,
        candidates=tuple(
            (f"{row.name}（{row.platform.label}）", f"{row.platform.label}:{row.name}") for row in groups
        ),
    )


def _people(written: str, directory: Directory) -> Audience | Unresolved:
    found: list[Person] = []
    for name in filter(None, (part.strip().lstrip("@＠") for part in _SPLIT.split(written))):
        who = person_named(name, directory)
        if isinstance(who, Unresolved):
            return who if who.candidates else replace(who, near=_near(name, directory, alone=name == written))
        found.append(who)
    if not found:
        return Unresolved(written=written)
    return Audience(
        kind=AudienceKind.PEOPLE,
        name="、".join(person.name for person in found),
        people=tuple(dict.fromkeys(person.id for person in found)),
    )


def person_named(name: str, directory: Directory) -> Person | Unresolved:
    """One active person by name, ``名字（部门）``, ``部门 名字`` or ``feishu:ID``.

    Namesakes, and those whom 王姐 or 老陈 may mean, are named, never chosen.
    """
    if ":" in name:
        try:
            person = directory.by_account(Account.parse(name))
        except ValueError:
            person = None
        return person if person is not None and person.is_active else Unresolved(written=name)
    people = _of_that_name(name, directory)
    qualified = _QUALIFIED.match(name) or _IN_FRONT.match(name)
    if not people and qualified:
        people = tuple(
            person
            for person in _of_that_name(qualified["name"], directory)
            if qualified["where"]
            in {form for one in department_names(person, directory) for form in (one, bare(one))}
        )
    if len(people) == 1:
        return people[0]
    is_address = not people and not qualified
    if is_address:
        people = names.addressed(name, directory.everyone())
    return Unresolved(
        written=name,
        is_address=is_address and bool(people),
        candidates=tuple(
            (
                f"{person.name}（{'、'.join(department_names(person, directory)) or '部门未知'}）",
                str(person.id),
            )
            for person in people
        ),
    )


def _of_that_name(name: str, directory: Directory) -> tuple[Person, ...]:
    return directory.named(name) or names.same(name, directory.everyone())


def _near(name: str, directory: Directory, *, alone: bool) -> tuple[str, ...]:
    """People of a similar name, and departments too where the name stands alone."""
    people = [person.name for person in directory.everyone()]
    departments = [one.name for one in directory.departments() if one.parent is not None] if alone else []
    return names.near(name, [*departments, *people])


def known(directory: Directory, chats: Iterable[ChatRow]) -> Callable[[str], bool]:
    """Whether words are the name of a department, a group or a person, for ``parse``."""
    groups = frozenset(
        form for row in chats if row.is_alive for form in (row.name, row.name.removesuffix("群"))
    )

    def is_known(words: str) -> bool:
        return words in groups or bool(directory.departments_named(words) or directory.named(words))

    return is_known


def bare(name: str) -> str:
    """How people shorten it in a sentence: ``研发`` for 研发部, ``羽毛球社`` for 羽毛球社群."""
    return name.removesuffix("群").removesuffix("部")


def department_names(person: Person, directory: Directory) -> tuple[str, ...]:
    """The names of a person's departments, the company itself left out."""
    found = (directory.department(identity) for identity in person.departments)
    return tuple(
        dict.fromkeys(found_one.name for found_one in found if found_one is not None and found_one.parent)
    )


def recipients(
    audience: Audience,
    directory: Directory,
    chats: Mapping[Chat, ChatRow],
    *,
    also: Iterable[Mention] = (),
) -> tuple[Recipient, ...]:
    """The audience as people, one account each, in a stable order; mentioned people outside it are added.

    A group whose members the platform does not tell stands as one recipient: the group itself.
    """
    people: list[Person] = []
    match audience.kind:
        case AudienceKind.COMPANY:
            people = [person for person in directory.everyone() if _is_on(person, audience.platform)]
        case AudienceKind.DEPARTMENT:
            people = list(directory.people_in(audience.departments))
        case AudienceKind.PEOPLE:
            people = [
                person for identity in audience.people if (person := directory.person(identity)) is not None
            ]
        case AudienceKind.GROUP:
            row = chats.get(audience.chat) if audience.chat else None
            if row is None or row.members is None:
                return _the_group_itself(audience)
            people = [
                person for account in row.members if (person := directory.by_account(account)) is not None
            ]
    extra = [
        directory.person(PersonId(str(mention))) for mention in also if not isinstance(mention, Everyone)
    ]
    everyone = {person.id: person for person in (*people, *filter(None, extra)) if person.is_active}
    return tuple(
        Recipient(
            person=person.id, account=_account(person, audience.platform), name=person.name, team=person.team
        )
        for person in sorted(everyone.values(), key=lambda one: one.id)
    )


def _is_on(person: Person, platform: Platform | None) -> bool:
    return platform is None or person.account_on(platform) is not None


def _account(person: Person, platform: Platform | None) -> Account:
    if platform is not None:
        narrowed = person.account_on(platform)
        if narrowed is not None:
            return narrowed
    return person.accounts[0]


def _the_group_itself(audience: Audience) -> tuple[Recipient, ...]:
    if audience.chat is None:
        return ()
    account = Account(audience.chat.platform, audience.chat.id)
    return (Recipient(person=PersonId(str(account)), account=account, name=audience.name),)


def label(audience: Audience) -> str:
    """How the audience is called in a sentence."""
    match audience.kind:
        case AudienceKind.COMPANY:
            return f"{audience.platform.label}全员" if audience.platform else "全员"
        case AudienceKind.GROUP:
            return f"“{audience.name}”群"
        case _:
            return audience.name


def above(departments: Iterable[DepartmentId], directory: Directory) -> frozenset[DepartmentId]:
    """The departments and all those above them."""
    return frozenset(identity for one in departments for identity in (one, *directory.above(one)))
