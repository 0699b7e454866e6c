"""A given consent can be had in Kantara's format, valid against the published schema; nothing else can."""

import json
import tomllib
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

from consent.receipts.kantara import NotExportable, can_export, export
from consent.receipts.models import StatementType
from consent.receipts.vocabulary import STATUS

VENDOR = Path(__file__).resolve().parents[3] / "consent" / "receipts" / "vendor" / "kantara"
PUBLISHED = (VENDOR / "consent-receipt-v1_1-schema.json").read_text()
# Two lines of comment stand in front of its first name; they are no JSON.
SCHEMA = json.loads("\n".join(line for line in PUBLISHED.splitlines() if not line.strip().startswith("//")))
VALID = jsonschema.Draft4Validator(SCHEMA)
HOST = {
    "name": "Example Hosting", "people": 3, "outside": True, "country": "IE", "address": "1 Example Quay, Dublin 2",
    "contact": "privacy@hosting.example",
}  # fmt: skip


@pytest.mark.parametrize("changes", [{}, {"recipients": [HOST]}, {"sensitivity": 4}, {"channel": "api"}])
def test_an_export_is_valid_against_the_published_schema(decided, changes):
    VALID.validate(json.loads(export(decided(**changes))))


def test_the_schema_finds_what_is_missing(decided):
    made = json.loads(export(decided()))
    for name in SCHEMA["required"]:
        assert list(VALID.iter_errors({other: value for other, value in made.items() if other != name})), name


def test_an_export_says_what_the_receipt_says(decided):
    receipt = decided(recipients=[HOST], sensitivity=4)
    made = json.loads(export(receipt))
    [service] = made["services"]
    [purpose] = service["purposes"]
    assert made["version"] == "KI-CR-v1.1.0"
    assert made["consentTimestamp"] == int(receipt.issued_at.timestamp())
    assert made["consentReceiptID"] == str(receipt.pk)
    assert made["piiPrincipalId"] == receipt.person.reference
    assert made["piiControllers"][0]["address"] == {
        "streetAddress": "Example Street 1, 10115 Berlin", "addressCountry": "DE",
    }  # fmt: skip
    assert (service["service"], purpose["piiCategory"]) == ("Interface learning", ["Mouse movement"])
    assert purpose["termination"].startswith("2027-12-31, or a withdrawal at http")
    assert (purpose["thirdPartyDisclosure"], purpose["thirdPartyName"]) == (True, "Example Hosting")
    assert (made["sensitive"], made["spiCat"]) == (True, ["Mouse movement"])


def test_an_export_names_the_receipt_that_it_derives_from_and_is_not_signed(decided):
    receipt = decided()
    made = json.loads(export(receipt))
    assert made["derivedFrom"]["number"] == receipt.number
    assert made["derivedFrom"]["sha256"] == sha256(bytes(receipt.document)).hexdigest()
    assert "signature" not in made
    assert "unsigned" in made["derivedFrom"]["note"]


@pytest.mark.parametrize("state", [each for each in STATUS if each != "given"])
def test_what_is_no_given_consent_cannot_be_exported(decided, state):
    receipt = decided(state=state)
    assert not can_export(receipt)
    with pytest.raises(NotExportable):
        export(receipt)


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_a_statement_that_is_no_decision_cannot_be_exported(stated, statement):
    with pytest.raises(NotExportable):
        export(stated(statement))


def test_the_vendored_schema_is_as_written_down():
    source = tomllib.loads((VENDOR / "SOURCE.toml").read_text())
    for file in (source["licence_file"], *source["files"]):
        assert sha256((VENDOR / file["path"]).read_bytes()).hexdigest() == file["sha256"]
