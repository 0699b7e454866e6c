"""Many notes in one text: they come apart as they were put together, whatever a crash left in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.witnesses.series import END, joined, parted

NOTES = [f"candor.example/ledger\n{size}\ncm9vdA==\n\n— candor.example/ledger c2ln{size}\n" for size in (1, 2, 10)]


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_notes_come_apart_as_they_were_put_together(count):
    assert list(parted([joined(NOTES[:count])])) == NOTES[:count]


@given(st.integers(1, 40))
def test_it_does_not_matter_in_which_pieces_a_text_is_read(length):
    text = joined(NOTES)
    assert list(parted(text[at : at + length] for at in range(0, len(text), length))) == NOTES


@given(st.lists(st.integers(0, len(joined(NOTES[1:2])) - 1), max_size=3))
def test_what_crashes_left_half_written_is_passed_over(cuts):
    text = joined(NOTES[:1]) + "".join(joined(NOTES[1:2])[:cut] + END for cut in cuts) + joined(NOTES[1:])
    assert list(parted([text])) == NOTES


@given(st.integers(0, len(joined(NOTES[1:2])) - 1))
def test_an_end_that_was_cut_off_is_no_note(cut):
    assert list(parted([joined(NOTES[:1]) + joined(NOTES[1:2])[:cut]])) == NOTES[:1]


def test_what_is_no_beginning_of_the_next_note_is_not_passed_over():
    assert list(parted([joined(NOTES[:1]) + "something else" + END + joined(NOTES[1:])])) == [
        NOTES[0],
        "something else\n",
        *NOTES[1:],
    ]
