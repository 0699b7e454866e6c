"""A notice in full, and what is different from the one before."""

import pytest

from tests.wording import words_of


@pytest.fixture
def read(cast, programmes, signed_in):
    browser = signed_in(cast.alice)
    return lambda slug, number: browser.get(f"/notices/{slug}/{number}/")


def test_a_notice_shows_its_text_facts_fields_and_who_answers_for_it(read):
    page = words_of(read("interface-learning", 2).content.decode())
    for said in (
        "version 2", "Germany, in our own data centre", "What is stored of it", "The full text", "Example Works", "dpo@example.com", "DPIA-2026-07", "If you say no",
        "What it may mean for jobs", "Fingerprint of this notice", "At most 600 a minute",
    ):  # fmt: skip
        assert said in page


def test_a_notice_shows_what_is_different_from_the_one_before(read):
    page = words_of(read("interface-learning", 2).content.decode())
    assert "What is different from version 1" in page
    assert "Screenshots" in page
    assert "Asks for more" in page


def test_the_first_notice_has_nothing_before_it(read):
    assert "What is different" not in read("assistant-quality", 1).content.decode()


def test_an_older_notice_says_that_it_is_not_in_force(read):
    page = read("interface-learning", 1).content.decode()
    assert "It is not in force any more." in page
    assert "/notices/interface-learning/2/" in page


@pytest.mark.parametrize(("slug", "number"), [("interface-learning", 9), ("none", 1), ("interface-learning", 0)])
def test_a_notice_that_does_not_exist_is_not_there(read, slug, number):
    assert read(slug, number).status_code == 404


def test_a_notice_is_read_signed_in(client, programmes):
    assert client.get("/notices/interface-learning/2/").status_code == 302
