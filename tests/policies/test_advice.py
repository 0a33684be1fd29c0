"""From complaints to a change of the configuration: with its effect, or honestly without."""

from __future__ import annotations

import pytest

from policies import advice
from policies.advice import Key, Limit
from policies.wording import advice as words

LIMITS = {Key.IMPORTANT: Limit(now=5, used=(4, 3, 1)), Key.URGENT: Limit(now=None, used=(1, 1))}


def test_a_limit_is_reckoned_again_over_the_days_that_were():
    (found,) = advice.suggestions({"too-many": 9}, LIMITS)
    assert (found.now, found.then, found.before, found.after) == (5, 2, 8, 5)
    said = words.said((found,), 8)
    assert "“消息提醒过多”9 次" in said
    assert "important.per_author_per_week = 2" in said
    assert "从 8 条到 5 条，多出的 3 条要改成普通通知" in said
    assert words.BY_ADMIN in said


@pytest.mark.parametrize(
    ("classes", "part"),
    [
        pytest.param({"too-many": 4}, words.RARE, id="four have said it"),
        pytest.param({"at-night": 5}, "再收紧也不会少", id="nobody has sent two"),
        pytest.param({"hard-to-find": 7}, "效果我算不出来", id="no key changes it"),
        pytest.param({"other": 6}, "问题单里的原话", id="nobody knows what"),
        pytest.param({}, words.NONE, id="nobody has said anything"),
        pytest.param({"safety": 9}, words.NONE, id="safety is nobody's statistics"),
    ],
)
def test_where_nothing_can_be_reckoned_it_says_so(classes, part):
    said = words.said(advice.suggestions(classes, LIMITS), 8)
    assert part in said
    assert words.BY_ADMIN not in said


def test_the_most_frequent_complaint_comes_first():
    found = advice.suggestions({"unclear": 2, "too-many": 9, "at-night": 5}, LIMITS)
    assert [one.about for one in found] == ["too-many", "at-night", "unclear"]
