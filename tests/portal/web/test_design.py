"""The design's rules that can be measured without a browser: contrast, flat colours, icons, what tags print."""

import re
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django import forms
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.paginator import Paginator
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import timezone, translation

from portal.web.templatetags import candor

CSS = Path(__file__).resolve().parents[3] / "portal" / "static" / "css"
TOKENS = (CSS / "tokens.css").read_text()
DAY_AND_NIGHT = {
    name: {"day": day, "night": night}
    for name, day, night in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\);", TOKENS)
}
KINDS = sorted(name for name in DAY_AND_NIGHT if name.startswith("kind-"))
TEXT = [
    ("ink", "paper"), ("ink", "surface"), ("ink", "sunken"), ("ink-soft", "paper"), ("ink-soft", "surface"), ("ink-soft", "sunken"),
    ("accent", "paper"), ("accent", "surface"), ("accent", "accent-soft"), ("accent", "sunken"), ("accent-strong", "accent-soft"),
    ("on-accent", "accent"), ("on-accent", "accent-strong"), ("surface", "ink"), ("good", "good-soft"), ("warn", "warn-soft"),
    ("bad", "bad-soft"), ("bad", "surface"), ("ink", "good-soft"), ("ink", "bad-soft"), ("heat-ink-lo", "heat-1"),
    ("heat-ink-lo", "heat-2"), ("heat-ink-lo", "heat-3"), ("heat-ink-hi", "heat-4"), ("heat-ink-hi", "heat-5"),
]  # fmt: skip


def luminance(colour):
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other, light):
    brighter, darker = sorted((luminance(DAY_AND_NIGHT[name][light]) for name in (one, other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_stands_out_from_its_ground_by_day_and_by_night(ink, ground, light):
    assert contrast(ink, ground, light) >= 4.5


@pytest.mark.parametrize("light", ["day", "night"])
@pytest.mark.parametrize("ground", ["surface", "sunken", "paper"])
@pytest.mark.parametrize("colour", [*KINDS, "line-strong"])
def test_what_is_drawn_stands_out_from_its_ground(colour, ground, light):
    assert contrast(colour, ground, light) >= 3


def test_every_kind_of_data_has_a_colour_of_its_own():
    assert len(KINDS) == len(candor.KINDS)
    for light in ("day", "night"):
        assert len({DAY_AND_NIGHT[kind][light] for kind in KINDS}) == len(KINDS)


def test_the_flat_colours_are_those_of_the_day():
    flat = dict(re.findall(r"--([\w-]+): (#\w+);", TOKENS))
    assert flat == {name: colours["day"] for name, colours in DAY_AND_NIGHT.items()}


def test_neither_answer_has_a_colour_or_size_of_its_own():
    rules = re.findall(
        r"([^{}]*\.choice[^{}]*){([^}]*)}", re.sub(r"/\*.*?\*/", "", (CSS / "forms.css").read_text(), flags=re.DOTALL)
    )
    assert rules
    for selector, declarations in rules:
        assert not re.search(r":(first|last|nth)|\[value|--good|--bad|--accent|green|red\b", selector + declarations)


@pytest.mark.parametrize("kind", sorted(candor.KINDS))
def test_every_kind_has_an_icon_and_a_class_that_carries_a_colour(kind):
    assert 'class="icon k-icon"' in candor.kind_icon(kind)
    assert f".{candor.kind_class(kind)} " in (CSS / "components.css").read_text()


def test_a_kind_nobody_has_drawn_yet_is_shown_in_plain_ink():
    assert candor.kind_class("gaze") == "k-other"
    assert "<svg" in candor.kind_icon("gaze")


def test_an_icon_is_silent_to_a_screen_reader():
    icon = candor.icon("check")
    assert 'aria-hidden="true"' in icon
    assert 'focusable="false"' in icon


def test_a_time_is_shown_in_the_time_zone_of_the_person():
    with timezone.override(ZoneInfo("Europe/Berlin")):
        shown = candor.when(datetime(2026, 11, 3, 23, 12, 4, tzinfo=UTC))
    assert shown == '<time datetime="2026-11-04T00:12:04+01:00">4 November 2026, 00:12</time>'


def test_a_day_is_shown_without_a_time():
    assert candor.when(date(2026, 11, 10), "day") == '<time datetime="2026-11-10">Tuesday, 10 November 2026</time>'


def test_nothing_is_shown_for_a_time_that_has_not_come():
    assert candor.when(None) == ""


@pytest.mark.parametrize(("language", "shown"), [("en", "18,204"), ("de", "18.204")])
def test_a_number_is_written_as_the_language_writes_it(language, shown):
    with translation.override(language):
        assert candor.num(18204) == shown


@pytest.mark.parametrize(
    ("captured", "shown"),
    [
        ("invoice\u202efdp.exe", "invoice[U+202E]fdp.exe"),
        ("a\u2066b\u2069", "a[U+2066]b[U+2069]"),
        ("a\u200bb\ufeff", "a[U+200B]b[U+FEFF]"),
        ("\x1b[31mred\x00", "[U+001B][31mred[U+0000]"),
        ("x\u2028y\u0085", "x[U+2028]y[U+0085]"),
        ("hi\U000e0041\U000e0101", "hi[U+E0041][U+E0101]"),
        ("\ud800", "[U+D800]"),
        ("over\rwritten", "over[U+000D]written"),
    ],
)
def test_characters_that_hide_or_turn_text_round_are_written_out(captured, shown):
    assert candor.visible(captured) == shown


@pytest.mark.parametrize(
    "written", ["two\nlines\tand a tab", "شركة", "می\u200cخواهم", "👩\u200d💻", "❤\ufe0f", "naïve – “quoted”"]
)
def test_characters_people_write_with_are_left_alone(written):
    assert candor.visible(written) == written


def test_captured_markup_is_shown_as_text():
    page = Template("{% load candor %}{{ title|visible }}").render(Context({"title": "<b>\u202e</b>"}))
    assert page == "&lt;b&gt;[U+202E]&lt;/b&gt;"


class Example(forms.Form):
    day = forms.DateField(help_text="For example 10 November")
    note = forms.CharField(required=False, widget=forms.TextInput(attrs={"class": "mono", "placeholder": "Note"}))
    kinds = forms.MultipleChoiceField(choices=[("m", "Mouse")], widget=forms.CheckboxSelectMultiple)
    copy = forms.BooleanField(required=False)


@pytest.fixture
def sent():
    return render_to_string("_form.html", {"form": Example({"note": ""})})


def test_a_control_names_its_hint_and_its_error(sent):
    [described] = re.findall(r'<input type="text" name="day"[^>]*aria-describedby="([^"]*)"', sent)
    assert described.split() == ["id_day_helptext", "id_day_error"]
    for place in described.split():
        assert f'id="{place}"' in sent


def test_a_group_of_controls_names_its_error(sent):
    [described] = re.findall(r'<fieldset[^>]*aria-describedby="([^"]*)"', sent)
    assert f'id="{described}"' in sent


def test_every_line_of_the_summary_leads_to_its_field(sent):
    targets = re.findall(r'<a href="#([^"]*)"', sent)
    assert targets == ["id_day", "id_kinds"]
    for target in targets:
        assert re.search(rf'id="{target}"', sent)


def test_a_field_that_may_stay_empty_says_so(sent):
    assert re.search(r'<label for="id_note">Note <span class="soft">\(optional\)', sent)


def test_a_placeholder_that_repeats_the_label_is_left_out(sent):
    assert "placeholder" not in sent
    assert 'class="input mono"' in sent


def test_a_form_without_errors_has_no_summary():
    assert 'role="alert"' not in render_to_string("_form.html", {"form": Example()})


def test_a_list_of_one_page_has_no_pages_to_turn():
    assert render_to_string("_pagination.html", {"page": Paginator([1, 2], 5).page(1)}).strip() == ""


def test_turning_a_page_keeps_the_rest_of_the_question():
    request = RequestFactory().get("/hr/", {"type": "deletion", "page": "1"})
    page = render_to_string("_pagination.html", {"page": Paginator(range(11), 5).page(2), "request": request})
    assert "6 to 10 of 11" in page
    assert 'href="?type=deletion&amp;page=3"' in page


@pytest.mark.parametrize("name", ["400", "500", "503"])
def test_an_error_page_of_ours_needs_neither_person_nor_database(name):
    page = render_to_string(f"{name}.html")
    for said in ("What holds now", "What you can do"):
        assert said in page
    assert "/static/css/tokens.css" in page


@pytest.mark.parametrize("name", ["400", "500", "503"])
def test_an_error_page_of_ours_shows_even_when_the_list_of_file_hashes_is_lost(name, monkeypatch):
    def lost(*_):
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr(StaticFilesStorage, "url", lost)
    assert "What holds now" in render_to_string(f"{name}.html")


@pytest.mark.parametrize("name", ["403", "403_csrf", "404", "409", "429"])
def test_an_error_page_says_what_holds_and_what_to_do(name):
    page = render_to_string(f"{name}.html")
    for said in ("What holds now", "What you can do"):
        assert said in page


def test_a_page_without_tabs_has_no_bar_for_them():
    assert 'class="tabs"' not in render_to_string("404.html")


def test_captured_data_never_reaches_the_browsers_history_store():
    page = render_to_string("404.html")
    for setting in (
        '"historyCacheSize":0',
        '"allowEval":false',
        '"allowScriptTags":false',
        '"includeIndicatorStyles":false',
        '"selfRequestsOnly":true',
    ):
        assert setting in page
