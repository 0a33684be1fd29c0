"""A group shows what the platform lets us see of it."""

import pytest

from adapters import errors
from adapters.dingtalk import groups, limits
from policies.model import Account, Chat, Platform

ROOM = Chat(Platform.DINGTALK, "cidAbc==")


def platform(**answers):
    """Answers by the last word of the call's name, one after another; an error is raised."""
    asked = []

    async def read(request):
        asked.append(request)
        answer = answers[request.api.name.rsplit(".", 1)[-1]].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    read.asked = asked
    return read


def people(*ids):
    return tuple(Account(Platform.DINGTALK, each) for each in ids)


async def test_a_scene_group_shows_its_owner_and_members_page_by_page():
    read = platform(
        query=[{"success": True, "title": "研发部", "ownerUserId": "u1", "status": 1}],
        members=[
            {"memberUserIds": ["u1", "u2"], "hasMore": True, "nextToken": "n2"},
            {"memberUserIds": ["u2", "u3"], "hasMore": False},
        ],
    )
    seen = await groups.observe(read, ROOM)
    assert (seen.name, seen.owner, seen.members) == ("研发部", *people("u1"), people("u1", "u2", "u3"))
    assert [request.body.get("nextToken") for request in read.asked] == [None, "", "n2"]


@pytest.mark.parametrize(
    "refusal",
    [
        errors.Forbidden("no template", code="groupPermissionDenied"),
        errors.Rejected("x", code="cidEncryptError"),
    ],
)
async def test_an_ordinary_group_shows_nothing(refusal):
    seen = await groups.observe(platform(query=[refusal]), ROOM)
    assert (seen.chat, seen.name, seen.members) == (ROOM, "", None)
    known = {"title": "研发部", "status": 1}
    seen = await groups.observe(platform(query=[known], members=[refusal]), ROOM)
    assert (seen.name, seen.owner, seen.members) == ("研发部", None, None)


async def test_a_disbanded_group_is_gone():
    with pytest.raises(errors.NotFound):
        await groups.observe(platform(query=[{"status": "2"}]), ROOM)


async def test_members_that_do_not_end_are_no_group():
    pages = [{"memberUserIds": ["u"], "hasMore": True, "nextToken": f"n{n}"} for n in range(200)]
    with pytest.raises(errors.Undecodable):
        await groups.observe(platform(query=[{"title": "t"}], members=pages), ROOM)
    stuck = [{"memberUserIds": ["u"], "hasMore": True, "nextToken": "n"}] * 2
    assert (await groups.observe(platform(query=[{"title": "t"}], members=stuck), ROOM)).members == people(
        "u"
    )


async def test_trouble_is_not_taken_for_an_ordinary_group():
    for trouble in (errors.Unavailable("x"), errors.QuotaExhausted("x"), errors.NotFound("x")):
        with pytest.raises(type(trouble)):
            await groups.observe(platform(query=[trouble]), ROOM)
    assert limits.SCENE_GROUP.pot == limits.CALLS
