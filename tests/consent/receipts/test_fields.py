"""Every field that the standard and the law want is in every receipt, at the place that docs/receipts.md gives.

The names are those of the W3C DPVCG guide “consent-27560”, section 7.2: mandatory in ISO/IEC TS 27560, or by the GDPR.
"""

import copy
import json
import re
from pathlib import Path

import pytest

from consent.receipts.vocabulary import STATUS

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "receipts.md").read_text()
RECORD = "/body/dpv:hasRecordOfActivity/*/"
OF_RECEIPT = {"schema version", "receipt id", "consent records", "creation timestamp"}
OF_RECORD = {
    "schema version", "record id", "pii principal id", "privacy notice", "language", "purpose", "pii information", "pii type",
    "pii controllers", "storage locations", "retention period", "jurisdiction", "recipient third parties", "withdrawal method",
    "party id", "party name", "party address", "party contact", "party type", "event time", "validity duration", "entity id",
    "event type", "event state",
}  # fmt: skip
BY_ARTICLE = {
    "7(1)", "7(3)", "9", "13(1)", "13(1)(a)", "13(1)(c)", "13(1)(e)", "13(1)(f)", "13(2)(a)", "13(2)(b)", "13(2)(c)", "13(2)(d)",
    "13(2)(e)", "13(2)(f)",
}  # fmt: skip


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading."""
    section = DOCUMENT.split(f"### {heading}")[1].split("\n#")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def places(rows: list[list[str]]) -> list[str]:
    found = [place for row in rows for place in re.findall(r"`([^`]+)`", row[-1])]
    return [place if place.startswith("/") else RECORD + place for place in found]


RECEIPT_ROWS, RECORD_ROWS = table("Of the receipt"), table("Of each record (ISO")
LAW_ROWS = table("Of each record, by the GDPR")
PLACES = list(dict.fromkeys(places(RECEIPT_ROWS + RECORD_ROWS + LAW_ROWS)))


def found(value, steps: list[str]) -> list:
    """What stands at a place; None wherever it is missing. In a list, a step is `*` or the type of the one that is meant."""
    if not steps:
        return [value]
    step, rest = steps[0], steps[1:]
    if isinstance(value, list):
        meant = [each for each in value if step == "*" or step in each["@type"]]
        return [one for each in meant or [None] for one in found(each, rest)]
    return found(value.get(step) if isinstance(value, dict) else None, rest)


def missing(document) -> list[str]:
    """The places at which this receipt says nothing."""
    return [place for place in PLACES if not all(found(document, place.split("/")[1:]))]


def without(document, place: str):
    """The document with what stands at a place taken out, everywhere."""
    changed = copy.deepcopy(document)
    *way, last = place.split("/")[1:]
    for holder in found(changed, way):
        del holder[last]
    return changed


@pytest.fixture
def receipt(decided):
    return lambda **changes: json.loads(bytes(decided(**changes).document))


def test_the_tables_list_what_the_guide_calls_mandatory():
    assert {row[0] for row in RECEIPT_ROWS} == OF_RECEIPT
    assert {row[0] for row in RECORD_ROWS} == OF_RECORD
    named = {clause for row in LAW_ROWS for clause in re.split(r"[ ,]+", row[1])}
    assert named >= BY_ARTICLE
    assert len(PLACES) > 50


@pytest.mark.parametrize("state", STATUS)
def test_every_mandatory_field_is_in_a_receipt_of_this_state(receipt, state):
    assert missing(receipt(state=state)) == []


def test_every_mandatory_field_is_missed_when_it_is_taken_out(receipt):
    whole = receipt()
    for place in PLACES:
        assert place in missing(without(whole, place)), place


def test_a_recipient_outside_is_a_party_that_can_be_reached(receipt):
    outside = {
        "name": "Example Hosting", "people": 3, "outside": True, "country": "IE", "address": "1 Example Quay, Dublin 2",
        "contact": "privacy@hosting.example",
    }  # fmt: skip
    [party] = found(receipt(recipients=[outside]), f"{RECORD}dpv:hasProcess/dpv:hasRecipient/*".split("/")[1:])
    assert party["@type"] == "dpv:ThirdParty"
    assert party["dpv:hasIdentifier"] == "Example Hosting"
    assert party["dpv:hasAddress"] == "1 Example Quay, Dublin 2"
    assert party["schema:contactPoint"]["schema:email"] == "privacy@hosting.example"


def test_what_protects_data_outside_europe_is_said(receipt):
    process = receipt(transfers="Standard contractual clauses.")["body"]["dpv:hasRecordOfActivity"][0]["dpv:hasProcess"]
    safeguard = process["dpv:hasTechnicalOrganisationalMeasure"]
    assert safeguard == {"@type": "dpv:SafeguardForDataTransfer", "dct:description": "Standard contractual clauses."}


def test_a_receipt_of_an_older_notice_lacks_only_what_was_not_asked_then(receipt):
    older = receipt(storage_place="", storage_countries=[], automated_decisions="", transfers="")
    assert missing(older) == [f"{RECORD}dpv:hasProcess/candor:automatedDecisions"]
