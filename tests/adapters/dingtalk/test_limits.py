"""Every call: spelled as the platform spells it, on its own host, at its price."""

import pytest

from adapters.dingtalk import limits

PATHS = {
    "/v1.0/oauth2/accessToken",
    "/v1.0/robot/oToMessages/batchSend",
    "/v1.0/robot/oToMessages/readStatus",
    "/v1.0/robot/otoMessages/batchRecall",
    "/v1.0/robot/groupMessages/send",
    "/v1.0/robot/groupMessages/query",
    "/v1.0/robot/groupMessages/recall",
    "/v1.0/card/instances/createAndDeliver",
    "/v1.0/card/instances",
    "/v1.0/im/sceneGroups/query",
    "/v1.0/im/sceneGroups/members/batchQuery",
    "/topapi/im/chat/scenegroup/get",
    "/v1.0/im/sceneGroup/create",
    "/v1.0/im/sceneGroup/update",
    "/v1.0/im/sceneGroup/member/add",
    "/v1.0/im/sceneGroup/member/delete",
    "/v1.0/im/sceneGroups/subAdmins",
    "/chat/get",
    "/v1.0/im/group/create",
    "/v1.0/im/group/update",
    "/v1.0/im/subAdministrators",
    "/v1.0/convFile/conversations/spaces/query",
    "/v1.0/storage/spaces/{space_id}/dentries",
    "/v1.0/storage/spaces/{space_id}/dentries/{parent_id}/folders",
    "/topapi/v2/department/listsub",
    "/topapi/v2/department/get",
    "/topapi/v2/user/list",
    "/topapi/v2/user/get",
    "/auth/scopes",
}


def test_the_oddities_of_the_paths_are_kept():
    assert {api.path for api in limits.APIS} == PATHS
    assert len({api.lane for api in limits.APIS}) == len(limits.APIS)


@pytest.mark.parametrize("api", limits.APIS, ids=lambda api: api.name)
def test_the_old_host_has_its_own_paths_and_contacts_are_free(api):
    assert (api.host is limits.Host.API) is api.path.startswith("/v1.0/")
    groups = api in (limits.SCENE_GROUP_DETAIL, limits.ORDINARY_GROUP)
    assert (api.pot == "") is ((api.host is limits.Host.OAPI and not groups) or api is limits.TOKEN)


def test_only_what_the_platform_cannot_know_again_may_not_be_repeated():
    sends = (limits.PERSON_SEND, limits.GROUP_SEND, limits.CARD_SEND, limits.ORDINARY_GROUP_CREATE)
    once = {api.name for api in limits.APIS if not api.call().may_repeat}
    assert once == {api.name for api in sends}


def test_the_token_call_needs_no_token():
    assert [api for api in limits.APIS if api.call().is_open] == [limits.TOKEN]


def test_the_free_edition_has_five_thousand_calls_and_three_thousand_pushes_a_month():
    assert limits.MONTHLY["standard"] == {"calls": 5_000, "pushes": 3_000}
