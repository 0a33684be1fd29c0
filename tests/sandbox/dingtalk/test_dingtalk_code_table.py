"""Every code of the fact base comes from a rule, or is named with a reason and called up by ``dingtalk.errors``."""

import ast
import re
from pathlib import Path

import pytest
from dingtalk_town import living_corp

from sandbox.dingtalk import errors

HOME = Path(__file__).parents[3] / "sandbox"
PAGE = (HOME / "COVERAGE.md").read_text(encoding="utf-8").partition("## 钉钉")[2].partition("\n## ")[0]
ROWS = re.findall(
    r"^\| ([^|]+) \| [^|]+ \|$", PAGE.partition("### Codes")[2].partition("\n### ")[0], re.MULTILINE
)
IN_TABLE = {
    each.strip("`") for row in ROWS[1:] for each in row.split(", ") if each.strip("`")[:1] not in ("-", "")
}
OLD_HOST = """
    -1 15 33001 33012 34001 40001 40014 40016 40035 40089 40104 41001 41046 41047 41048 41052 42001 43004 43007 49000
    50002 50004 60003 60011 60020 60121 88 90002 90005 90006 90018 90020 130101 143104 143105 143106 300001 300005 310000
    400001 400002 400013 400020 400101 400102 400105 400106 400202 410100 430101 430102 430103 430104 460101 660001
    660002 660012 660014 660015 660016 660022 660023 660024 660025 660026 660027 660041 660045 660046 660047 665033
    665036 660036 20001
"""
NEW_HOST = """
    InvalidAuthentication InvalidAction.NotFound authFailed unauthorized auth.error system.error system.busy
    Forbidden.AccessDenied.AccessTokenPermissionDenied Forbidden.AccessDenied.IpNotInWhiteList
    Forbidden.AccessDenied.QpsLimitForAppkeyAndApi Forbidden.AccessDenied.QpmLimitForAppkeyAndApi
    Forbidden.AccessDenied.QpsLimitForApi Forbidden.AccessDenied.ApiCountLimitForOrg
    invalidParameter.userIds.overMax invalidParameter.robotCode.auth invalidParameter.robotCode.notExsit
    invalidParameter.msgParam.tooLong invalidParameter.robotCode.downloadCode chatbotId.notAllow.sendOTO
    robot.oto.notExist processQueryKey.expireTime not.allowed.robotCode resource.not.found bot.stopped template.stopped
    miss.openConversationId invalid.openConversationId conversation.org.notMatch group.disbanded
    only.groupAdmin.canAtAll bot.forbidden.sendMessage contain.notAllowed.text contain.unsafe.url send.too.fast
    too.many.group too.many.people unknown.send.result toomuch.msg ding.serverquota.insufficient
    ding.receivercount.limit param.outTrackIdEmpty param.openSpaceIdInvalid param.cardTemplateIdEmpty
    param.userIdNotExist param.openDeliverModelError param.contentUnsafe param.cardNotExist permession.checkFailed
    parameter.invalid member.exceed member.notFound groupTemplate.notFound
    groupTemplate.permessionDenied.orgNotInGrayList groupTemplate.permessionDenied.appNotInstalled
    groupTemplate.permessionDenied.orgNotConsistent subAdminNumberExcessive userNotInGroup groupPermissionDenied
    groupTemplatePermissionDenied cidEncryptError cannot.ban.owner nameConflict accessDenied
"""


def by_rule():
    """Codes that stand in the source of the town, as numbers or as words."""
    found = {value for value in vars(errors).values() if isinstance(value, str)}
    for file in (HOME / "dingtalk").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | int):
                found.add(str(node.value))
            elif isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant):
                found.add(f"-{node.operand.value}")
    return found


def test_every_code_of_the_fact_base_is_answered_or_named_with_a_reason():
    assert set(OLD_HOST.split()) | set(NEW_HOST.split()) >= IN_TABLE
    unanswered = (set(OLD_HOST.split()) | set(NEW_HOST.split())) - by_rule()
    assert unanswered == IN_TABLE


@pytest.mark.parametrize("code", sorted(each for each in IN_TABLE if each.isdecimal()))
async def test_the_old_host_refuses_with_any_code(code):
    async with living_corp() as corp:
        corp.set(errors={"/topapi/v2/user/get": int(code)})
        assert (await corp.old("/topapi/v2/user/get", {"userid": "x"}))["errcode"] == int(code)


@pytest.mark.parametrize(
    ("code", "status"),
    [("Forbidden.AccessDenied.QpsLimitForApi", 403), ("system.error", 500), ("bot.stopped", 400)],
)
async def test_the_new_host_refuses_with_any_code_and_its_status(code, status):
    async with living_corp() as corp:
        corp.set(errors={"/v1.0/robot/groupMessages/send": code})
        seen, answer = await corp.new("POST", "/v1.0/robot/groupMessages/send", {})
        assert (seen, answer["code"]) == (status, code)


async def test_a_caller_from_elsewhere_is_turned_away_on_both_hosts():
    async with living_corp() as corp:
        corp.set(ip_not_allowed=True)
        assert (await corp.old("/topapi/v2/user/get", {"userid": "x"}))["errcode"] == 60020
        status, answer = await corp.new("POST", "/v1.0/robot/groupMessages/send", {})
        assert (status, answer["code"]) == (403, "Forbidden.AccessDenied.IpNotInWhiteList")


async def test_a_number_that_is_none_is_said_to_be_wrong():
    async with living_corp() as corp:
        assert (await corp.old("/topapi/v2/user/getbymobile", {"mobile": "十三"}))["errcode"] == 40104
