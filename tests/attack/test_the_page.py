"""The page for administrators says what these tests do: each of its figures is counted here."""

from __future__ import annotations

import re
from pathlib import Path

import test_at_rest
import test_at_the_door
import test_edges
import test_far_addresses
import test_files_and_names
import test_forged_and_replayed
import test_outsiders
import test_slow_words
import test_what_people_say
import test_who_is_not_of_us
import test_who_may
import test_words_in_every_place

from bot.ballots import letters

PAGE = Path(__file__).parents[2] / "docs" / "attacks.md"
FIGURES = {
    "held": len(test_who_may.HELD),
    "claims": len(test_what_people_say.CLAIMS),
    "texts": test_words_in_every_place.TEXTS,
    "places": len(test_words_in_every_place.PLACES),
    "links": len(test_what_people_say.SCHEMES) * len(test_what_people_say.SHAPES),
    "format": len(test_words_in_every_place.CF),
    "quiet": test_what_people_say.QUIET,
    "presses": test_what_people_say.PRESSES,
    "polls": test_what_people_say.POLLS,
    "tries": letters.MOST_TRIES_IN_AN_HOUR,
    "names": len(test_what_people_say.NAMES),
    "pieces": len(test_slow_words.PIECES),
    "readers": len(test_slow_words.READERS),
    "strangers": len(test_outsiders.STRANGERS),
    "guest": len(test_who_is_not_of_us.ASKED_BY_A_GUEST),
    "forgeries": len(test_forged_and_replayed.forgeries()),
    "foreign": len(test_forged_and_replayed.foreign()),
    "challenges": len(test_forged_and_replayed.CHALLENGES),
    "requests": len(test_at_the_door.REQUESTS),
    "unreadable": len(test_outsiders.UNREADABLE),
    "columns": len(test_at_rest.COLUMNS),
    "addresses": len(test_edges.BAD),
    "files": len(test_files_and_names.FILES),
    "frames": len(test_far_addresses.LARGE),
    "lines": len(test_edges.LINES),
}


def test_every_figure_of_the_page_is_what_is_tried() -> None:
    said = {
        name: int(number) for number, name in re.findall(r"(\d+)<!--([a-z]+)-->", PAGE.read_text("utf-8"))
    }
    assert said == FIGURES
