"""The words of the demonstration's notices: plain, short, and without a nudge."""

import re

import pytest

from consent.programmes.kinds import CATALOGUE
from tests.cast import NOTICE_FILES, draft
from tests.reading import EASY_ENOUGH, long_sentences, reading_ease
from tests.wording import banned_near_a_choice

FIELDS = ("purpose", "no_detriment", "alternative", "irreversible", "effect_on_jobs", "text")


def words_of(name):
    notice = draft(name)
    return [*(getattr(notice, field) for field in FIELDS), *(kind.description for kind in notice.kinds)]


@pytest.mark.parametrize("name", NOTICE_FILES)
def test_a_notice_reads_easily(name):
    assert reading_ease(" ".join(words_of(name))) >= EASY_ENOUGH
    assert reading_ease(draft(name).text) >= EASY_ENOUGH


@pytest.mark.parametrize("name", NOTICE_FILES)
def test_no_sentence_of_a_notice_is_longer_than_25_words(name):
    for part in words_of(name):
        assert long_sentences(part) == []


@pytest.mark.parametrize("name", NOTICE_FILES)
def test_no_word_of_a_notice_pushes(name):
    for part in words_of(name):
        assert banned_near_a_choice(part) == [], part


@pytest.mark.parametrize("name", NOTICE_FILES)
def test_every_kind_says_what_it_is_not(name):
    """“Not …”, “Never …”, or what is left out."""
    for kind in draft(name).kinds:
        assert re.search(r"\b(Not|Never|left out)\b", kind.description), kind.kind


@pytest.mark.parametrize("name", ["interface-learning-2", "assistant-quality-1", "desktop-activity-1"])
def test_a_notice_lists_the_fields_that_were_published_for_each_kind(name):
    for kind in draft(name).kinds:
        assert kind.fields == tuple(CATALOGUE[kind.kind].fields)
