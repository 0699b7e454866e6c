"""The kinds of data, against the table that collectors rely on."""

from consent.programmes.kinds import CATALOGUE

PUBLISHED = {
    "mouse": ("t", "x", "y"),
    "click": ("t", "x", "y", "button", "app"),
    "keystroke_count": ("t", "app", "count"),
    "screenshot": ("t", "app", "width", "height", "image"),
    "prompt": ("t", "app", "role", "text"),
    "window": ("t", "duration", "app", "title"),
    "afk": ("t", "duration", "status"),
    "input_count": ("t", "duration", "presses", "clicks", "delta_x", "delta_y", "scroll_x", "scroll_y"),
}


def test_the_catalogue_is_what_was_published():
    assert {slug: tuple(kind.fields) for slug, kind in CATALOGUE.items()} == PUBLISHED


def test_content_is_what_was_written_read_or_shown():
    assert {slug for slug, kind in CATALOGUE.items() if kind.data_class == "content"} == {
        "screenshot",
        "prompt",
        "window",
    }


def test_a_kind_that_lasts_has_a_duration():
    assert {slug for slug, kind in CATALOGUE.items() if kind.interval} == {"window", "afk", "input_count"}
