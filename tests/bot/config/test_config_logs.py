"""Logs: one door for every line, and no secret gets through it."""

from __future__ import annotations

import io
import json
import logging

import pytest
import structlog
from config_builders import SECRET

from bot import logs


@pytest.fixture(autouse=True)
def quiet_again():
    """Leave logging as it was found."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def lines(read):
    """Set up logging for a configuration; the stream of what is logged from then on."""

    def start(section="", level=None):
        stream = io.StringIO()
        logs.setup(read(section), level, stream=stream)
        return stream

    return start


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("POST https://oapi.dingtalk.com/x?access_token=tk-5ecret&y=1", id="address"),
        pytest.param("{'ticket': 'tk-5ecret', 'n': 1}", id="a dict"),
        pytest.param('{"tenant_access_token":"tk-5ecret","expire":7200}', id="JSON"),
        pytest.param(r'body="{\"access_token\":\"tk-5ecret\"}"', id="JSON in a string"),
        pytest.param("{'Authorization': 'Bearer tk-5ecret'}", id="a header"),
        pytest.param("Authorization: Bearer tk-5ecret", id="a raw header"),
        pytest.param("x-acs-dingtalk-access-token: tk-5ecret", id="DingTalk's header"),
        pytest.param("x-lark-signature=tk-5ecret", id="a signature"),
        pytest.param("postgresql://yizhan:tk-5ecret@db/yizhan", id="a password in an address"),
        pytest.param("appSecret=tk-5ecret", id="camel case"),
        pytest.param("token t-g1044tk-5ecretQCYDGHRBARFTGT12345", id="a bare Feishu token"),
    ],
)
@pytest.mark.parametrize("section", ["", '[log]\nformat = "json"\n'])
def test_what_looks_like_a_credential_is_hidden_in_the_finished_line(lines, section, text):
    stream = lines(section)
    logging.getLogger("Lark").error("connect %s", text)
    assert "connect" in stream.getvalue()
    assert "tk-5ecret" not in stream.getvalue()


def test_a_secret_of_the_configuration_is_hidden_wherever_it_stands(lines):
    stream = lines()
    log = logging.getLogger("bot.anything")
    log.info("started", extra={"detail": f"x{SECRET}y"})
    try:
        raise ValueError(f"no {SECRET} here")
    except ValueError:
        log.exception("failed")
    assert "failed" in stream.getvalue()
    assert SECRET not in stream.getvalue()


def test_a_secret_can_be_registered_later():
    redactor = logs.Redactor()
    assert redactor("got fresh-one-1") == "got fresh-one-1"
    redactor.register("fresh-one-1")
    assert redactor("got fresh-one-1") == "got ***"


def test_a_secret_with_odd_characters_is_hidden_in_json_too(lines):
    stream = lines('[log]\nformat = "json"\n')
    logs.setup(stream=stream).register('qu"ote\\back')
    logging.getLogger("bot").info("got %s", {"x": 'qu"ote\\back'})
    assert "ote" not in stream.getvalue()


def test_a_traceback_shows_no_local_values(lines):
    stream = lines()
    message_text = "what Zhang San wrote"
    try:
        raise ValueError(len(message_text))
    except ValueError:
        logging.getLogger("bot").exception("failed")
    assert "ValueError: 20" in stream.getvalue()
    assert "Zhang San" not in stream.getvalue().replace('message_text = "what Zhang San wrote"', "")


def test_ours_and_foreign_lines_are_json_with_their_fields(lines):
    stream = lines('[log]\nformat = "json"\n')
    logging.getLogger("bot.delivery").info("delivered", extra={"row": 7, "group": "\u7814\u53d1\u90e8"})
    structlog.get_logger("bot.turns").info("judged", verdict="hold")
    logging.getLogger("Lark").warning("reconnect %s", 3)
    ours, structured, foreign = map(json.loads, stream.getvalue().splitlines())
    assert (ours["event"], ours["row"], ours["logger"], ours["level"]) == (
        "delivered",
        7,
        "bot.delivery",
        "info",
    )
    assert "\u7814\u53d1\u90e8" in stream.getvalue()
    assert (structured["event"], structured["verdict"]) == ("judged", "hold")
    assert foreign["event"] == "reconnect 3"


def test_a_library_with_a_handler_of_its_own_is_heard_once(lines):
    logging.getLogger("Lark").addHandler(logging.StreamHandler(io.StringIO()))
    stream = lines()
    logging.getLogger("Lark").warning("reconnect")
    assert stream.getvalue().count("reconnect") == 1
    assert logging.getLogger("Lark").handlers == []


def test_the_level_of_the_command_is_stronger_than_the_files(lines):
    stream = lines('[log]\nlevel = "error"\n', level="debug")
    logging.getLogger("bot").debug("seen")
    assert "seen" in stream.getvalue()


def test_a_very_short_value_does_not_blot_out_words():
    redactor = logs.Redactor(["a", "in"])
    assert redactor("a line in a log") == "a line in a log"


def test_of_two_secrets_the_longer_one_is_hidden_whole():
    assert logs.Redactor(["abcdef", "abcdefgh"])("x abcdefgh y") == "x *** y"
