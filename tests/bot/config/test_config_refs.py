"""People and departments as an admin writes them, kept until the directory can be asked."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from bot.config.values import AudienceRef, DepartmentRef, GrantRef, PersonRef, RefKind, WhoRef
from policies.model import Account, Platform


@pytest.mark.parametrize(
    ("form", "written", "kind", "name", "platform"),
    [
        (PersonRef, "Zhang Wei", RefKind.NAME, "Zhang Wei", None),
        (PersonRef, "feishu:ou_1", RefKind.ACCOUNT, "ou_1", Platform.FEISHU),
        (PersonRef, "feishu\uff1aou_1", RefKind.ACCOUNT, "ou_1", Platform.FEISHU),
        (PersonRef, " dingtalk: manager4821 ", RefKind.ACCOUNT, "manager4821", Platform.DINGTALK),
        (WhoRef, "head:HR", RefKind.HEAD, "HR", None),
        (WhoRef, "head:dingtalk:HR", RefKind.HEAD, "HR", Platform.DINGTALK),
        (WhoRef, "department:R&D", RefKind.DEPARTMENT, "R&D", None),
        (GrantRef, "everyone", RefKind.EVERYONE, "", None),
        (DepartmentRef, "R&D", RefKind.DEPARTMENT, "R&D", None),
        (DepartmentRef, "feishu:R&D", RefKind.DEPARTMENT, "R&D", Platform.FEISHU),
        (DepartmentRef, "A: B", RefKind.DEPARTMENT, "A: B", None),
        (AudienceRef, "company", RefKind.COMPANY, "", None),
        (AudienceRef, "own-department", RefKind.OWN_DEPARTMENT, "", None),
        (AudienceRef, "department:R&D", RefKind.DEPARTMENT, "R&D", None),
    ],
)
def test_a_written_form_says_who_is_meant(form, written, kind, name, platform):
    ref = TypeAdapter(form).validate_python(written)
    assert (ref.kind, ref.name, ref.platform) == (kind, name, platform)


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (PersonRef, ""),
        (PersonRef, 7),
        (PersonRef, "feishu:"),
        (PersonRef, "wechat:x"),
        (PersonRef, "head:HR"),
        (PersonRef, "everyone"),
        (WhoRef, "everyone"),
        (WhoRef, "department:"),
        (WhoRef, "head:feishu:"),
        (GrantRef, "company"),
        (DepartmentRef, "company"),
        (DepartmentRef, "head:HR"),
        (AudienceRef, "R&D"),
        (AudienceRef, "everyone"),
        (AudienceRef, "feishu:R&D"),
    ],
)
def test_what_could_be_misread_is_refused(form, written):
    with pytest.raises(ValidationError):
        TypeAdapter(form).validate_python(written)


def test_an_account_is_known_without_the_directory():
    assert TypeAdapter(PersonRef).validate_python("feishu:ou_1").account == Account(Platform.FEISHU, "ou_1")
    assert TypeAdapter(PersonRef).validate_python("Zhang").account is None
