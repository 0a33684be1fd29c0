"""意图 (intents): the closed set of what can be meant, as frozen values with the words that fill them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Wish(StrEnum):
    """What can be asked for besides announcing."""

    HELP = "help"
    WHO = "who"
    MINE = "mine"
    COMPOSE = "compose"
    CANCEL = "cancel"
    RECALL = "recall"
    EDIT = "edit"
    RETIME = "retime"
    URGENT = "urgent"
    WHY = "why"
    UNREAD = "unread"
    ANNOUNCERS = "announcers"
    CLOSING = "closing"
    PAUSE = "pause"
    RESUME = "resume"
    STATUS = "status"
    RECEIVED = "received"
    YES = "yes"
    NO = "no"
    THANKS = "thanks"
    FEEDBACK = "feedback"
    PRIVACY = "privacy"
    ANONYMITY = "anonymity"
    IDENTITY = "identity"
    WHY_ME = "why-me"
    REMIND_ME = "remind-me"
    QUESTIONNAIRE = "questionnaire"
    ANSWER_POLL = "answer-poll"
    DELEGATE = "delegate"
    NEW_GROUP = "new-group"
    ADOPT = "adopt"
    LET_GO = "let-go"
    NEW_FOLDER = "new-folder"
    FIND = "find"
    TRAINING = "training"
    PILOT = "pilot"
    REVERT = "revert"
    CONTENT_PLAN = "content-plan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce:
    """Publish ``text``.

    Attributes:
        to: the audience as written: ``研发部``, ``全员``, ``张伟、李想``; ``""`` when none was named.
        kind: ``company``, ``department``, ``group``, ``any``: what the command word already says.
        text: tag prefix included, as the author wrote it.
        when: the words of when to send, where the command says so (``明早九点再发``); for ``times.find``.
        is_explicit: written with a command and its colon; otherwise read from a plain sentence (提醒张伟交发票),
            which gives way to a question the bot has just asked.
    """

    to: str
    kind: str
    text: str
    when: str = ""
    is_explicit: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One wish, with the words that came along.

    Attributes:
        about: which message, group or person: ``2``, ``培训通知``; as written.
        when: words of a time, for ``times.find``.
        text: the new words of an edit, the reason of a recall.
    """

    wish: Wish
    about: str = ""
    when: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unclear:
    """Nothing of the closed set; ``near`` is the nearest command, proposed and never taken, or ``""``."""

    near: str = ""


Intent = Announce | Ask | Unclear

_BREAKING = frozenset({Wish.HELP, Wish.WHO, Wish.MINE, Wish.COMPOSE, Wish.CANCEL, Wish.RECALL})


def breaks_off(intent: Intent) -> bool:
    """Whether it is said although the bot has just asked for something: all else is the answer to its question."""
    match intent:
        case Announce():
            return intent.is_explicit
        case Ask():
            return intent.wish in _BREAKING
        case Unclear():
            return False
