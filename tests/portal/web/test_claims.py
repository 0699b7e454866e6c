"""No promise without a test: every claim that a page makes names the tests that hold it. Taking one away fails here."""

import ast
import re
from pathlib import Path

import pytest
from django.urls import get_resolver

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = ROOT / "templates"

CAPTURES, CHOICES, RIGHTS, WEB = (
    "tests/consent/captures",
    "tests/consent/choices",
    "tests/consent/rights",
    "tests/portal/web",
)
RECORDS = "tests/consent/records"
CLAIMS = {
    "P1.default": [f"{CAPTURES}/test_gate.py::test_nothing_is_stored_for_somebody_who_never_chose"],
    "P1.click": [f"{CAPTURES}/test_gate_races.py::test_nothing_is_stored_after_the_answer_to_a_withdrawal"],
    "P1.before": [f"{CAPTURES}/test_gate.py::test_what_was_captured_before_the_grant_stays_out"],
    "P2.fields": [
        f"{CAPTURES}/test_decoding.py::test_the_value_of_an_undisclosed_field_is_never_decoded",
        f"{CAPTURES}/test_gate.py::test_a_kind_that_the_notice_does_not_list_is_refused_whole",
    ],
    "P2.counted": [f"{WEB}/test_captured.py::test_what_was_refused_is_counted_with_its_reason_in_words"],
    "P3.totals": [f"{WEB}/test_captured.py::test_the_totals_are_the_stores_to_the_record"],
    "P3.own": [
        f"{WEB}/test_captured.py::test_nobody_else_sees_any_of_it",
        f"{CAPTURES}/test_opening.py::test_nobody_else_opens_it_whatever_their_role",
    ],
    "P4.sealed": [f"{CAPTURES}/test_opening.py::test_sealed_bytes_do_not_show_their_content"],
    "P4.first": [
        f"{WEB}/test_captured.py::test_an_hour_is_opened_on_request_after_that_was_written_down",
        f"{WEB}/test_captured.py::test_an_opening_that_fails_stays_listed",
    ],
    "P4.look": [f"{RIGHTS}/test_desk.py::test_opening_a_case_that_names_a_person_is_a_look"],
    "P4.leaves": [f"{WEB}/test_claims.py::test_captured_content_is_opened_for_the_persons_own_page_and_nowhere_else"],
    "P5.grace": [
        f"{WEB}/test_choices.py::test_a_withdrawal_says_when_what_was_recorded_goes_and_offers_to_delete_it_now",
        f"{RIGHTS}/test_withdrawals.py::test_after_the_grace_it_goes_by_itself_and_once",
    ],
    "P5.proof": [f"{WEB}/test_rights.py::test_only_proven_places_count_as_done"],
    "P5.late": [f"{RIGHTS}/test_deletion.py::test_what_arrives_late_and_falls_into_the_span_is_refused_as_deleted"],
    "P5.hold": [f"{WEB}/test_rights.py::test_a_hold_is_told_before_and_after_with_its_reason"],
    "P6.receipt": [f"{CHOICES}/test_decisions.py::test_every_decision_has_a_receipt_and_an_entry"],
    "P6.log": ["tests/journeys/test_p6_provable.py::test_an_administrator_who_turns_her_no_into_a_yes_is_found"],
    "P6.outside": [
        "tests/consent/ledger/test_outside.py::test_a_log_signed_anew_with_a_stolen_key_is_found_by_the_deposits_alone",
        "tests/consent/ledger/test_outside.py::test_a_log_rolled_back_is_found_by_the_deposits_beyond_it",
    ],
    "P6.check": [f"{WEB}/test_check.py::test_the_check_needs_no_account_and_takes_the_number_of_a_printed_code"],
    "P7.even": [f"{WEB}/test_choices.py::test_the_two_answers_differ_in_nothing_but_their_words"],
    "P7.unseen": [
        f"{CHOICES}/test_walls.py::test_a_session_of_another_person_or_of_nobody_sees_nothing",
        f"{WEB}/test_choices.py::test_nobody_elses_choices_are_on_the_page",
    ],
    "P7.legal": [
        f"{RECORDS}/test_streaming.py::test_names_do_not_leave_unless_a_second_person_agreed",
        f"{RECORDS}/test_exporting.py::test_an_export_says_what_it_is_for",
        "tests/consent/consultations/test_looks.py::test_an_export_shows_to_those_whose_decisions_it_covers",
    ],
    "P7.export": [
        f"{RECORDS}/test_streaming.py::test_without_names_nothing_in_it_names_anybody",
        f"{RECORDS}/test_streaming.py::test_everyone_concerned_sees_the_look_before_the_first_byte_and_nobody_else",
    ],
    "P7.queue": [
        f"{RIGHTS}/test_desk.py::test_a_deletion_that_runs_by_itself_shows_nobody",
        f"{RIGHTS}/test_desk.py::test_a_case_has_no_field_for_what_a_request_is_about",
    ],
    "P7.paper": [
        f"{RIGHTS}/test_on_behalf.py::test_the_answer_is_the_same_whatever_stood",
        f"{RIGHTS}/test_on_behalf.py::test_there_is_no_way_to_say_yes",
    ],
    "P8.due": [f"{RIGHTS}/test_deadlines.py::test_a_request_is_due_on_the_same_day_of_the_next_month_or_on_its_last"],
    "P8.lost": [f"{RIGHTS}/test_crashes.py::test_killed_at_every_failpoint_it_finishes_with_exact_counts"],
}


def made() -> set[str]:
    """The claims that templates make."""
    return {
        claim for path in TEMPLATES.rglob("*.html") for claim in re.findall(r'data-claim="([^"]*)"', path.read_text())
    }


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_claim_on_a_page_is_held_by_a_test():
    assert made() - set(CLAIMS) == set()


def test_no_claim_is_listed_that_no_page_makes():
    assert set(CLAIMS) - made() == set()


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_the_tests_that_hold_a_claim_exist(claim):
    assert CLAIMS[claim]
    for named in CLAIMS[claim]:
        file, name = named.split("::")
        assert name in functions_of(ROOT / file), f"{claim}: {named} is gone, and with it what the page claims"


def test_a_promise_is_made_with_its_way_to_check_and_with_what_it_does_not_cover():
    for number in range(1, 9):
        text = (TEMPLATES / f"promises/_p{number}.html").read_text()
        assert "How to check it" in text
        assert "What it does not cover" in text
        assert f'data-claim="P{number}.' in text


def test_captured_content_is_opened_for_the_persons_own_page_and_nowhere_else():
    """P4.leaves: the one function that opens content has one caller; no address hands captures to anyone else."""
    sources = [path for folder in ("portal", "consent") for path in (ROOT / folder).rglob("*.py")]
    callers = {path.relative_to(ROOT).as_posix() for path in sources if "open_events(" in path.read_text()}
    assert callers == {"consent/captures/opening.py", "portal/web/timeline.py"}
    assert not [name for name in get_resolver().reverse_dict if isinstance(name, str) and "release" in name]


def test_the_promises_are_public_and_name_what_is_not_covered(client, db):
    page = client.get("/promises/").content.decode()
    assert "Whoever runs both the database and the place where the keys are kept could open everything." in page
