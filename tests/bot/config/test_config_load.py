"""Reading config.toml: everything wrong is named at once, and no secret is ever shown."""

from __future__ import annotations

import unicodedata
from datetime import date, time

import pytest
from config_builders import COMPANY, FEISHU, SECRET

from bot.config import load
from bot.config.problems import ConfigProblems, Kind
from bot.config.values import RefKind


def only(problems):
    assert len(problems) == 1, problems
    return problems[0]


def test_what_is_not_written_is_what_a_careful_admin_would_choose(read):
    config = read().config
    assert (config.work_hours.opens, config.work_hours.closes) == (time(9), time(18))
    assert config.work_hours.lunch == (time(12), time(13, 30))
    assert config.important.needs_mention
    assert config.mentions.all_up_to == 20
    assert config.announce.undo_seconds == 60
    assert config.workspace.adopt == "ask"
    assert config.privacy.read_groups == ()


def test_without_grants_admins_reach_the_company_and_everyone_their_own_department(read):
    company, own = read().config.grants
    assert [who.written for who in company.who] == ["feishu:ou_1"]
    assert company.audience.kind is RefKind.COMPANY
    assert [who.kind for who in own.who] == [RefKind.EVERYONE]
    assert own.audience.kind is RefKind.OWN_DEPARTMENT


def test_a_written_grant_replaces_the_default_ones(read):
    config = read('[[announce.grant]]\nwho = ["head:HR"]\naudience = "department:feishu:R&D"\n').config
    grant = only(config.grants)
    assert grant.who[0].kind is RefKind.HEAD
    assert (grant.audience.name, grant.audience.platform) == ("R&D", "feishu")


@pytest.mark.parametrize(
    ("line", "code"), [("", "ding1"), ('robot_code = ""', "ding1"), ('robot_code = "r"', "r")]
)
def test_a_robot_that_is_not_named_is_the_client(read, line, code):
    table = f'[dingtalk]\nclient_id = "ding1"\nclient_secret = "${{APP_SECRET}}"\ncorp_id = "c"\n{line}\n'
    assert read(before=COMPANY + table).config.dingtalk.robot_code == code


def test_a_client_that_is_no_text_is_one_mistake_of_the_client(mistakes):
    table = '[dingtalk]\nclient_id = 7\nclient_secret = "${APP_SECRET}"\ncorp_id = "c"\n'
    assert [it.key for it in mistakes(before=COMPANY + table)] == ["dingtalk.client_id"]


# ── mistakes ──────────────────────────────────────────────────────────────────────────────────────


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(mistakes):
    problems = mistakes(
        '[work_hours]\ncloses = "18\u70b9"\n[important]\nneed_mention = true\n[[announce.grant]]\naudience = "all"\n'
    )
    assert [(it.line, it.key, it.kind) for it in problems] == [
        (10, "work_hours.closes", Kind.WRONG_VALUE),
        (12, "important.need_mention", Kind.UNKNOWN_KEY),
        (13, "announce.grant[1].who", Kind.MISSING),
        (14, "announce.grant[1].audience", Kind.WRONG_VALUE),
    ]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ('"18\u70b9"', ('"18:00"',)),
        ('"9:30"', ('"09:30"',)),
        ('"9\u70b9\u534a"', ('"09:30"',)),
        ('"9\uff1a05"', ('"09:05"',)),
        ("9", ('"09:00"',)),
        ('"25:00"', ()),
        ('"soon"', ()),
        ("true", ()),
        ('""', ()),
    ],
)
def test_a_clock_time_is_hours_and_minutes_and_nothing_is_guessed(mistakes, written, right):
    problem = only(mistakes(f"[work_hours]\nopens = {written}\n"))
    assert (problem.kind, problem.detail, problem.allowed) == (Kind.WRONG_VALUE, "clock-time", right)
    assert problem.found == written


def test_a_clock_time_may_be_written_as_toml_knows_it(read):
    assert read("[work_hours]\nopens = 08:30:00\n").config.work_hours.opens == time(8, 30)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        pytest.param("[important]\nneed_mention = 1", "needs_mention", id="a letter is missing"),
        pytest.param("[work_hours]\nclose = 1", "closes", id="singular"),
        pytest.param("[work_hours]\nlongest-hold-days = 1", "longest_hold_days", id="hyphens"),
        pytest.param("[anounce]\nundo_seconds = 1", "announce", id="a table"),
        pytest.param(
            "[important]\nall_up_to = 1", "mentions.all_up_to", id="the right key in the wrong table"
        ),
        pytest.param("[important]\nxyzzy = 1", "", id="nothing like it"),
        pytest.param(
            "[[work_hours.team]]\nname='a'\ndepartments=['b']\nopen='09:00'", "opens", id="list of tables"
        ),
    ],
)
def test_an_unknown_key_is_answered_with_the_nearest_right_one(mistakes, text, nearest):
    problem = only(mistakes(text))
    assert problem.kind is Kind.UNKNOWN_KEY
    assert "".join(problem.allowed) == nearest


@pytest.mark.parametrize(
    ("text", "detail", "allowed"),
    [
        ("[work_hours]\nlongest_hold_days = 90", "integer", ("1", "31")),
        ('[work_hours]\nlongest_hold_days = "long"', "integer", ("1", "31")),
        ('[important]\nlook_alikes = "ignore"', "choice", ('"fix"', '"refuse"')),
        ('[important]\nneeds_mention = "perhaps"', "boolean", ("true", "false")),
        ('[company2]\n[work_hours]\nzone = "Asia/Peking"', "zone", ('"Asia/Shanghai"', '"Asia/Urumqi"')),
        ('[clock]\nfollow = "http://10.0.0.7:8900"', "loopback", ('"http://127.0.0.1:8900"',)),
        ('[health]\nlisten = "0.0.0.0:8640"', "listen-here", ('"127.0.0.1:8640"',)),
        ('[pilot]\ndepartments = ["a"]\nstarts = "Monday"', "date", ()),
        ('[announce]\nreviewers = "head:HR"', "list", ('["head:HR"]',)),
        ('[announce.grant]\nwho = ["everyone"]\naudience = "company"', "tables", ("[[announce.grant]]",)),
        ("[announce]\nreviewers = [7]", "office", ()),
        ('[announce]\nreviewers = ["wechat:x"]', "office", ()),
        ('[announce]\nreviewers = ["head:"]', "office", ()),
        ('[[announce.grant]]\nwho = ["company"]\naudience = "company"', "grant-who", ()),
        ('[[announce.grant]]\nwho = ["everyone"]\naudience = "R&D"', "audience", ()),
        ('[[announce.grant]]\nwho = []\naudience = "company"', "not-empty-list", ()),
        ("[[person]]\nfeishu = 12\ndingtalk = 'x'", "string", ('"12"',)),
        ('[store]\nurl = "mysql://h/d"', "store-url", ()),
        ('[store]\nurl = "sqlite://"', "store-url", ()),
        ("[work_hours]\nlunch = ['12:00']", "lunch", ()),
    ],
)
def test_a_wrong_value_says_what_may_stand_there(mistakes, text, detail, allowed):
    problem = mistakes(text)[-1]
    assert (problem.kind, problem.detail, problem.allowed) == (Kind.WRONG_VALUE, detail, allowed)


@pytest.mark.parametrize(
    ("text", "rule", "key"),
    [
        ('[work_hours]\nopens = "18:00"\ncloses = "09:00"', "opens-before-closes", "work_hours.closes"),
        ('[work_hours]\nlunch = ["13:30", "12:00"]', "lunch-in-order", "work_hours.lunch"),
        ('[work_hours]\nlunch = ["08:00", "09:30"]', "lunch-inside", "work_hours.lunch"),
        (
            "[work_hours]\ndays_off = [2026-12-24]\ndays_on = [2026-12-24]",
            "day-on-and-off",
            "work_hours.days_on",
        ),
        (
            '[[work_hours.team]]\nname = "a"\ndepartments = ["b"]\nopens = "19:00"',
            "opens-before-closes",
            "work_hours.team[1].name",
        ),
        (
            '[[work_hours.team]]\nname = "a"\ndepartments = ["b"]\nopens = "13:00"',
            "lunch-inside",
            "work_hours.team[1].name",
        ),
        ('[[work_hours.team]]\nname = "a"', "team-of-nobody", "work_hours.team[1].name"),
        (
            '[[work_hours.team]]\nname = "a"\ndepartments = ["b"]\n[[work_hours.team]]\nname = "a"\nmembers = ["c"]',
            "team-twice",
            "work_hours.team[2].name",
        ),
        (
            '[[workspace.department]]\nname = "a"\n[[workspace.project]]\nname = "a"\nadmins = ["b"]\nmembers = ["c"]',
            "group-twice",
            "workspace.project[1].name",
        ),
        ('[privacy]\nread_groups = ["R&D daily"]', "notice-before-reading", "privacy.read_groups"),
        (
            "[repetition]\nwithin_hours = 1\nwithin_minutes = 61",
            "minutes-inside-hours",
            "repetition.within_minutes",
        ),
        (
            "[[person]]\nfeishu='a'\ndingtalk='b'\n[[person]]\nfeishu='a'\ndingtalk='c'",
            "account-twice",
            "person[2].feishu",
        ),
    ],
)
def test_keys_that_do_not_go_together_are_named(mistakes, text, rule, key):
    problem = only(mistakes(text))
    assert (problem.kind, problem.detail, problem.key) == (Kind.RULE, rule, key)
    assert problem.line > 0


PLACES = {
    "company.name": '[company]\nname = "{0}"\nadmins = ["feishu:ou_1"]\n',
    "workspace.department[1].name": '[[workspace.department]]\nname = "{0}"\n',
    "workspace.department[1].group_name": '[[workspace.department]]\nname = "a"\ngroup_name = "{0}"\n',
    "workspace.project[1].name": '[[workspace.project]]\nname = "{0}"\nadmins = ["b"]\nmembers = ["c"]\n',
    "work_hours.team[1].departments": '[[work_hours.team]]\nname = "a"\ndepartments = ["b", "{0}"]\n',
    "questionnaire[1].title": '[[questionnaire]]\nid = "a"\ntitle = "{0}"\nwhen = "2026-09-11 16:00"\n'
    'questions = ["好吗？"]\naudience = ["b"]\n',
}
FORMAT = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf" and code != 0x200D]


@pytest.mark.parametrize("key", PLACES)
def test_no_name_has_a_character_that_nobody_sees(mistakes, key):
    before = FEISHU if key == "company.name" else COMPANY + FEISHU
    for char in FORMAT if key.endswith("group_name") else FORMAT[::20]:
        found = [
            one
            for one in mistakes(PLACES[key].format(f"市{char}场"), before=before)
            if one.detail == "unseen-characters"
        ]
        assert [one.key for one in found] == [key], ascii(char)


def test_a_bot_needs_somewhere_to_speak(mistakes):
    assert only(mistakes(before=COMPANY)).detail == "no-platform"


def test_a_webhook_without_a_key_is_refused(mistakes):
    problem = only(mistakes('mode = "webhook"\n'))
    assert (problem.detail, problem.key) == ("webhook-needs-key", "feishu.mode")


def test_dingtalk_comes_by_its_line_alone(mistakes):
    """Its HTTP signatures leave the body out: whoever has seen one could sign anything for an hour."""
    table = '[dingtalk]\nclient_id = "d"\nclient_secret = "${KEY}"\ncorp_id = "c"\n'
    problem = only(mistakes(table + 'mode = "webhook"\n', environ={"KEY": "k"}))
    assert (problem.detail, problem.key) == ("dingtalk-stream-only", "dingtalk.mode")


def test_a_webhook_with_a_key_is_fine(read):
    keys = 'encrypt_key = "${KEY}"\nverification_token = "${KEY}"\n'
    config = read('mode = "webhook"\n' + keys, environ={"KEY": "k"}).config
    assert config.feishu.mode == "webhook"


def test_groups_may_be_read_once_the_notice_is_out(read):
    privacy = read('[privacy]\nnotice_published = 2026-09-04\nread_groups = ["a"]').config.privacy
    assert privacy.notice_is_out(date(2026, 9, 4))
    assert not privacy.notice_is_out(date(2026, 9, 3))


def test_a_team_can_do_without_a_rest_at_noon(read):
    hours = read('[[work_hours.team]]\nname = "a"\ndepartments = ["b"]\nlunch = []\n').config.work_hours
    assert hours.hours_of(hours.team[0]) == (time(9), time(18), None)


def test_a_missing_platform_id_is_missed_but_its_table_is_not_shown(mistakes):
    problem = only(mistakes(before=COMPANY + '[feishu]\napp_secret = "${APP_SECRET}"\n'))
    assert (problem.kind, problem.key, problem.found, problem.line) == (Kind.MISSING, "feishu.app_id", "", 5)


# ── references and secrets ────────────────────────────────────────────────────────────────────────


def test_a_secret_comes_from_the_environment_and_is_not_printed(read):
    loaded = read()
    assert loaded.config.feishu.app_secret.get_secret_value() == SECRET
    assert SECRET not in repr(loaded)
    assert loaded.secrets == {SECRET}


def test_a_secret_comes_from_a_file_beside_the_configuration(read, tmp_path):
    (tmp_path / "key").write_text(f"{SECRET}\n")
    loaded = read(before=COMPANY + '[feishu]\napp_id = "cli_1"\napp_secret = "file:key"\n')
    assert loaded.config.feishu.app_secret.get_secret_value() == SECRET


def test_plain_values_may_be_references_too(read):
    hours = read(
        '[work_hours]\nopens = "${OPENS}"\nlongest_hold_days = "${DAYS}"\n',
        environ={"OPENS": "08:30", "DAYS": "7"},
    )
    assert (hours.config.work_hours.opens, hours.config.work_hours.longest_hold_days) == (time(8, 30), 7)


@pytest.mark.parametrize(
    ("written", "kind"),
    [
        (SECRET, Kind.PLAIN_SECRET),
        ("${NOT_SET}", Kind.UNSET_VARIABLE),
        ("${EMPTY}", Kind.UNSET_VARIABLE),
        ("file:nowhere", Kind.UNREADABLE_FILE),
        ("file:.", Kind.UNREADABLE_FILE),
        ("x${APP_SECRET}", Kind.PART_OF_A_VALUE),
    ],
)
def test_a_secret_that_is_not_there_or_not_hidden_is_one_mistake(mistakes, written, kind):
    problem = only(
        mistakes(
            before=COMPANY + f'[feishu]\napp_id = "a"\napp_secret = "{written}"\n', environ={"EMPTY": ""}
        )
    )
    assert (problem.kind, problem.key, problem.line) == (kind, "feishu.app_secret", 7)


def test_a_wrong_value_from_the_environment_is_shown_as_it_was_written(mistakes):
    problem = only(mistakes('[work_hours]\nopens = "${OPENS}"\n', environ={"OPENS": SECRET}))
    assert problem.found == '"${OPENS}"'


def test_a_database_password_must_not_stand_in_the_file(mistakes):
    problem = only(mistakes('[store]\nurl = "postgresql://yizhan:hunter2@db/yizhan"\n'))
    assert problem.kind is Kind.PLAIN_SECRET
    assert "hunter2" not in repr(problem)


def test_a_database_password_from_the_environment_is_kept_from_the_logs(read):
    loaded = read('[store]\nurl = "${DB}"\n', environ={"DB": "postgresql://yizhan:hunter2@db/yizhan"})
    assert "hunter2" in loaded.secrets


def test_a_stray_variable_is_noticed_with_the_name_it_was_meant_to_have(read):
    warnings = read(
        before=COMPANY + '[feishu]\napp_id = "a"\napp_secret = "${YIZHAN_SECRET}"\n',
        environ={"YIZHAN_SECRET": "x", "YIZHAN_SECRETT": "y", "YIZHAN_CONFIG": "", "OTHER": "z"},
    ).warnings
    assert [(it.kind, it.file, it.allowed) for it in warnings] == [
        (Kind.UNKNOWN_VARIABLE, "$YIZHAN_SECRETT", ("YIZHAN_SECRET",))
    ]


# ── the file ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "kind", "detail", "line"),
    [
        ("[work_hours]\nopens = \u201c09:00\u201d\n", Kind.SYNTAX, "punctuation", 10),
        ("[work_hours]\nopens = \n", Kind.SYNTAX, "", 10),
        ("[company]\nname = 'b'\n", Kind.SYNTAX, "twice", 9),
    ],
)
def test_what_is_not_toml_is_named_by_its_line(mistakes, text, kind, detail, line):
    problem = only(mistakes(text))
    assert (problem.kind, problem.detail, problem.line) == (kind, detail, line)


def test_a_file_in_another_encoding_is_told_from_a_broken_one(tmp_path):
    (tmp_path / "config.toml").write_bytes('name = "\u7985\u57ce"'.encode("gbk"))
    with pytest.raises(ConfigProblems) as caught:
        load.load(tmp_path / "config.toml", {})
    assert only(caught.value.problems).kind is Kind.NOT_UTF8


def test_a_mark_of_a_windows_editor_does_no_harm(tmp_path):
    text = (COMPANY + FEISHU).strip().replace("\n", "\r\n")
    (tmp_path / "config.toml").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert load.load(tmp_path / "config.toml", {"APP_SECRET": "s"}).config.company.name == "Hechuan"


def test_the_file_is_the_option_then_the_variable_then_the_folder(tmp_path):
    assert load.find(tmp_path / "a.toml", {"YIZHAN_CONFIG": "b.toml"}).name == "a.toml"
    assert load.find(None, {"YIZHAN_CONFIG": "b.toml"}).name == "b.toml"
    assert load.find(None, {}).name == "config.toml"


def test_no_file_is_a_mistake_like_others(tmp_path):
    with pytest.raises(ConfigProblems) as caught:
        load.load(tmp_path / "config.toml", {})
    assert only(caught.value.problems).kind is Kind.NO_FILE


def test_the_data_folder_is_beside_the_store_wherever_the_bot_was_started(read, tmp_path):
    loaded = read('[store]\nurl = "sqlite:///var/y.db"\n')
    assert loaded.data_dir == tmp_path / "var"
    assert loaded.store_url.get_secret_value() == f"sqlite:///{tmp_path}/var/y.db"


def test_an_absolute_store_stays_where_it_is(read):
    assert (
        read('[store]\nurl = "sqlite:////srv/y.db"\n').store_url.get_secret_value() == "sqlite:////srv/y.db"
    )


def test_a_database_server_keeps_its_address(read, tmp_path):
    loaded = read('[store]\nurl = "postgresql://db/yizhan"\n')
    assert loaded.store_url.get_secret_value() == "postgresql://db/yizhan"
    assert loaded.data_dir == tmp_path / "data"


def test_names_wait_for_the_directory_with_the_place_where_they_are_written(read):
    loaded = read('[announce]\nreviewers = [\n  "head:HR",\n  "Zhang",\n]\n')
    assert [(it.ref.written, it.key, it.line) for it in loaded.names()] == [
        ("feishu:ou_1", "company.admins", 4),
        ("head:HR", "announce.reviewers", 11),
        ("Zhang", "announce.reviewers", 12),
    ]
