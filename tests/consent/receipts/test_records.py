"""A record says in DPV what ISO/IEC TS 27560 and the GDPR require, in the same form for every answer."""

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from consent.programmes.countries import COUNTRIES
from consent.receipts.records import consent_record, consent_records
from consent.receipts.vocabulary import CATEGORIES, CONTEXT, OWN_NAMESPACE, STATUS

VENDOR = Path(__file__).resolve().parents[3] / "consent" / "receipts" / "vendor" / "dpv"
VOCABULARIES = json.loads((VENDOR / "terms.json").read_text())
KNOWN = {f"{prefix}:{term}" for prefix, each in VOCABULARIES.items() for term in each["terms"]}
PINNED = {f"{prefix}:" for prefix in VOCABULARIES}
# W3C DPVCG guide “consent-27560”: fields that MUST be there, ISO's and the GDPR's.
MANDATORY = {
    "dct:conformsTo", "dct:identifier", "dpv:hasDataSubject", "dpv:hasNotice", "dpv:hasProcess", "dpv:hasDataController",
    "dpv:hasJurisdiction", "dpv:hasConsentControl", "dpv:hasRight", "dpv:hasLegalBasis", "dpv:hasConsentStatus",
    "dpv:hasAuthority",
}  # fmt: skip
MANDATORY_IN_PROCESS = {
    "dpv:hasPurpose", "dpv:hasPersonalData", "dpv:hasStorageCondition", "dpv:hasRecipient", "dpv:hasProcessing",
    "dpv:hasDataSource",
}  # fmt: skip
MANDATORY_IN_EVENT = {"@type", "dpv:isIndicatedAtTime", "dpv:isIndicatedBy", "dpv:hasDuration"}


def only(body):
    [found] = body["dpv:hasRecordOfActivity"]
    return found


def strings(value):
    """Every name and every text in a JSON value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            if name != "@context":
                yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)
    elif isinstance(value, str):
        yield value


def terms(body):
    return {text for text in strings(body) if text.partition(":")[0] + ":" in PINNED and " " not in text}


def shape(value):
    """The names and nesting of a value, without what it says."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return "leaf"


@pytest.mark.parametrize("state", STATUS)
@pytest.mark.parametrize("kind", [*CATEGORIES, "a_kind_to_come"])
def test_every_term_of_a_record_is_in_the_pinned_release(record, state, kind):
    used = terms(consent_record(record(state=state, kind=kind, sensitivity=4)))
    assert len(used) > 40
    assert used - KNOWN == set()


@pytest.mark.parametrize("review", ["none", "sample", "all"])
def test_every_term_of_human_review_is_in_the_pinned_release(record, review):
    assert terms(consent_record(record(human_review=review))) - KNOWN == set()


def test_the_check_finds_a_term_that_the_release_lacks():
    assert terms({"@type": "dpv:ConsentTerminated"}) - KNOWN == {"dpv:ConsentTerminated"}


def test_every_prefix_of_the_context_is_the_namespace_of_the_release():
    for prefix, each in VOCABULARIES.items():
        if prefix in CONTEXT:
            assert CONTEXT[prefix] == each["namespace"]


def test_every_prefix_in_use_is_in_the_context(record):
    prefixes = {
        name.partition(":")[0]
        for name in strings(consent_record(record(sensitivity=4)))
        if ":" in name
        and " " not in name
        and "//" not in name
        and not name[0].isdigit()
        and not name.startswith("urn:")
    }
    assert prefixes <= set(CONTEXT)


def test_kinds_that_dpv_lacks_are_terms_of_our_own(record):
    data = only(consent_record(record(kind="keystroke_count")))["dpv:hasProcess"]["dpv:hasPersonalData"]
    assert data["skos:broader"][0] == "candor:kind-keystroke-count"
    assert CONTEXT["candor"] == OWN_NAMESPACE


@pytest.mark.parametrize("state", STATUS)
def test_every_mandatory_field_is_there_and_says_something(record, state):
    body = consent_record(record(state=state))
    found = only(body)
    assert body["dct:conformsTo"].endswith("#receipt-eu-gdpr")
    assert set(found) >= MANDATORY
    assert set(found["dpv:hasProcess"]) >= MANDATORY_IN_PROCESS
    assert set(found["dpv:hasConsentStatus"]) >= MANDATORY_IN_EVENT
    assert all(found[name] for name in MANDATORY)
    assert all(found["dpv:hasProcess"][name] for name in MANDATORY_IN_PROCESS)
    assert set(found["dpv:hasNotice"]) >= {"dct:language", "candor:textSha256", "candor:termsSha256"}
    assert set(found["dpv:hasDataController"]) >= {
        "dpv:hasName",
        "dpv:hasAddress",
        "dpv:hasIdentifier",
        "schema:contactPoint",
    }
    conditions = {each["@type"] for each in found["dpv:hasProcess"]["dpv:hasStorageCondition"]}
    assert conditions == {"dpv:StorageLocation", "dpv:StorageDuration", "dpv:StorageDeletion"}


@pytest.mark.parametrize(
    ("state", "term"),
    [("given", "dpv:ConsentGiven"), ("refused", "dpv:ConsentRefused"), ("withdrawn", "dpv:ConsentWithdrawn")],
)
def test_a_decision_has_its_state(record, state, term):
    assert only(consent_record(record(state=state)))["dpv:hasConsentStatus"]["@type"] == term


def test_a_no_is_recorded_in_exactly_the_form_of_a_yes(record, at):
    yes = shape(consent_record(record(state="given")))
    assert shape(consent_record(record(state="refused"))) == yes
    assert shape(consent_record(record(state="withdrawn", erase_after=at))) == yes


def test_what_the_person_decided_is_indicated_by_the_person_and_what_the_employer_ended_by_the_employer(record):
    def by(state):
        return only(consent_record(record(state=state)))["dpv:hasConsentStatus"]["dpv:isIndicatedBy"]

    assert {by("given"), by("refused"), by("withdrawn")} == {"dpv:DataSubject"}
    assert {by("revoked"), by("expired"), by("invalidated")} == {"dpv:DataController"}


def test_a_withdrawal_says_when_what_was_captured_is_deleted(record, at):
    storage = only(consent_record(record(state="withdrawn", erase_after=at)))["dpv:hasProcess"][
        "dpv:hasStorageCondition"
    ]
    assert storage[2]["dpv:hasDuration"]["rdf:value"] == "2026-11-10T09:00:00.000000Z"


def test_the_place_of_storage_is_the_one_that_the_notice_gives(record):
    def place(**changes):
        return only(consent_record(record(**changes)))["dpv:hasProcess"]["dpv:hasStorageCondition"][0]

    there = place(storage_place="Ireland and France", storage_countries=["IE", "FR"])
    assert there["dpv:hasLocation"] == ["loc:IE", "loc:FR"]
    assert there["dct:description"] == "Ireland and France"


def test_a_notice_that_gives_no_place_of_storage_leaves_the_country_of_the_controller(record):
    body = consent_record(record(storage_place="", storage_countries=[], controller_country="AT"))
    place = only(body)["dpv:hasProcess"]["dpv:hasStorageCondition"][0]
    assert place == {"@type": "dpv:StorageLocation", "dpv:hasLocation": ["loc:AT"]}


def test_every_country_that_a_notice_can_name_is_in_the_pinned_release():
    assert {f"loc:{code}" for code in COUNTRIES} <= KNOWN


def test_sensitive_data_is_called_so(record):
    def kind_of(sensitivity):
        return only(consent_record(record(sensitivity=sensitivity)))["dpv:hasProcess"]["dpv:hasPersonalData"]["@type"]

    assert [kind_of(level) for level in (1, 2, 3, 4)] == ["dpv:PersonalData"] * 2 + ["dpv:SensitivePersonalData"] * 2


def test_without_recipients_the_controller_is_the_one_who_receives(record):
    [recipient] = only(consent_record(record(recipients=[])))["dpv:hasProcess"]["dpv:hasRecipient"]
    assert recipient["dpv:hasName"] == "Example Works"


def test_one_receipt_can_carry_a_screen_of_choices(record):
    body = consent_records([record(kind="mouse"), record(kind="click", state="refused")])
    assert len(body["dpv:hasRecordOfActivity"]) == 2


def test_a_time_without_a_zone_is_refused(record, at):
    with pytest.raises(ValueError):
        consent_record(record(at=at.replace(tzinfo=None)))


def test_the_vendored_terms_are_as_written_down():
    source = tomllib.loads((VENDOR / "SOURCE.toml").read_text())
    for name in ("licence_file", "terms_file"):
        file = source[name]
        assert sha256((VENDOR / file["path"]).read_bytes()).hexdigest() == file["sha256"]
