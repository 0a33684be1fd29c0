"""Every refusal says what to do next."""

import pytest

from adapters import errors
from adapters.calls import Answer, Call, Repeatable
from adapters.dingtalk import codes, limits

SEND = limits.GROUP_SEND.call({})
READ = limits.PEOPLE.call({})
F = "Forbidden.AccessDenied."


def new(code, status=400, **more):
    return Answer(status=status, headers={}, body={"code": code, "message": "m", "requestid": "r1", **more})


def old(code, **more):
    return Answer(status=200, headers={}, body={"errcode": code, "errmsg": "m", "request_id": "r2", **more})


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (new("InvalidAuthentication"), errors.Unauthorized),
        (new("authFailed", 401), errors.Unauthorized),
        (new("somethingNew", 401), errors.Unauthorized),
        (new(f"{F}AccessTokenPermissionDenied", 403), errors.Forbidden),
        (new(f"{F}IpNotInWhiteList", 403), errors.Forbidden),
        (new("somethingNew", 403), errors.Forbidden),
        (new(f"{F}QpsLimitForAppkeyAndApi", 403), errors.RateLimited),
        (new(f"{F}QpmLimitForAppkeyAndApi", 403), errors.RateLimited),
        (new(f"{F}QpsLimitForApi", 403), errors.RateLimited),
        (new("somethingNew", 429), errors.RateLimited),
        (new(f"{F}ApiCountLimitForOrg", 403), errors.QuotaExhausted),
        (new("InvalidAction.NotFound", 404), errors.Rejected),
        (new("MissingopenConversationId"), errors.Rejected),
        (new("invalidParameter.robotCode.auth"), errors.Forbidden),
        (new("invalidParameter.robotCode.notExsit"), errors.NotFound),
        (new("resource.not.found"), errors.NotFound),
        (new("bot.stopped"), errors.NotFound),
        (new("template.stopped"), errors.NotFound),
        (new("miss.openConversationId"), errors.Rejected),
        (new("invalid.openConversationId"), errors.NotFound),
        (new("conversation.org.notMatch"), errors.NotFound),
        (new("group.disbanded"), errors.NotFound),
        (new("only.groupAdmin.canAtAll"), errors.Forbidden),
        (new("bot.forbidden.sendMessage"), errors.Forbidden),
        (new("invalidParameter.msgParam.tooLong"), errors.Rejected),
        (new("contain.notAllowed.text"), errors.Rejected),
        (new("contain.unsafe.url"), errors.Rejected),
        (new("send.too.fast"), errors.RateLimited),
        (new("too.many.group"), errors.RateLimited),
        (new("too.many.people"), errors.RateLimited),
        (new("unknown.send.result"), errors.OutcomeUnknown),
        (new("system.error", 500), errors.OutcomeUnknown),
        (new("somethingNew", 502), errors.OutcomeUnknown),
        (new("param.cardNotExist"), errors.NotFound),
        (new("param.contentUnsafe"), errors.Rejected),
        (new("chatbotId.notAllow.sendOTO"), errors.Forbidden),
        (new("robot.oto.notExist"), errors.NotFound),
        (new("processQueryKey.expireTime"), errors.NotFound),
        (new("permession.checkFailed"), errors.Forbidden),
        (new("somethingNew"), errors.Rejected),
        (new("", 302), errors.Rejected),
        (old(40014), errors.Unauthorized),
        (old("42001"), errors.Unauthorized),
        (old(33001), errors.Unauthorized),
        (old(40089), errors.Unauthorized),
        (old(60011), errors.Forbidden),
        (old(60020), errors.Forbidden),
        (old(50004), errors.Forbidden),
        (old(90018), errors.RateLimited),
        (old(90002), errors.RateLimited),
        (old(90006), errors.RateLimited),
        (old(90020), errors.QuotaExhausted),
        (old(60121), errors.NotFound),
        (old(33012), errors.NotFound),
        (old(60003), errors.NotFound),
        (old(-1), errors.OutcomeUnknown),
        (old(15), errors.OutcomeUnknown),
        (old(88), errors.OutcomeUnknown),
        (old(88, sub_code="isv.permission"), errors.Forbidden),
        (old(300001), errors.NotFound),
        (old(4242), errors.Rejected),
    ],
    ids=lambda value: (
        str(value.body.get("code") or value.body.get("errcode")) if isinstance(value, Answer) else ""
    ),
)
def test_what_a_code_means_for_a_send(answer, kind):
    error = codes.classify(SEND, answer)
    assert type(error) is kind
    assert error.code
    assert codes.request_id(answer) in {"r1", "r2"}


def test_success_is_a_status_below_300_and_no_errcode():
    for body in (
        {},
        {"errcode": 0},
        {"errcode": "0"},
        {"code": "200", "cause": "成功"},
        {"processQueryKey": "x"},
    ):
        assert codes.classify(SEND, Answer(status=200, headers={}, body=body)) is None


@pytest.mark.parametrize("answer", [new("system.error", 500), old(-1), old(15), old(88), new("x", 504)])
def test_the_platforms_own_trouble_may_be_tried_again_where_that_is_harmless(answer):
    assert type(codes.classify(READ, answer)) is Repeatable
    assert type(codes.classify(limits.CARD_UPDATE.call({}), answer)) is Repeatable


def test_a_ban_of_our_address_stops_for_five_minutes():
    body = {"status": 1111, "wait": 5, "source": "x5", "punish": "deny", "uuid": "u"}
    error = codes.classify(SEND, Answer(status=200, headers={}, body=body))
    assert (type(error), error.retry_after_s, error.code) == (errors.RateLimited, 300.0, codes.PUNISHED)


def test_a_missing_permission_is_named():
    denied = {"accessdenieddetail": {"requiredScopes": ["Contact.Org.Read", "qyapi_base"]}}
    error = codes.classify(SEND, new(f"{F}AccessTokenPermissionDenied", 403, **denied))
    assert error.scope == "Contact.Org.Read,qyapi_base"
    assert codes.classify(READ, old(50002)).scope == "通讯录权限范围"
    assert codes.classify(READ, old(60011)).scope == ""


def test_an_answer_of_strange_types_is_judged_by_its_status():
    strange = Answer(status=403, headers={}, body={"code": ["x"], "accessdenieddetail": "{"})
    error = codes.classify(SEND, strange)
    assert (type(error), error.code) == (errors.Forbidden, "403")


def test_every_pause_is_a_pause_and_no_code_means_two_things():
    assert all(codes.KINDS[code] is codes.Kind.SLOW for code in codes.PAUSE_S)
    listed = [code for kind_codes in codes._TABLE.values() for code in kind_codes]
    assert len(listed) == len(set(listed))
    assert codes.classify(Call(name="x", method="GET", path="/x"), new("send.too.fast")).retry_after_s == 5.0
