"""A receipt is JSON-LD that anyone can expand without fetching anything: every name and every term in it is an address."""

import json

import pytest
from pyld import jsonld

from consent.receipts.models import StatementType
from consent.receipts.vocabulary import STATUS
from tests.consent.receipts.test_records import KNOWN, VOCABULARIES, terms


def no_network(address, options):
    raise AssertionError(f"{address} was asked for")


def expanded(body):
    [found] = jsonld.expand(body, {"documentLoader": no_network})
    return found


def addresses(value):
    """Every name, type and reference of an expanded document."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "@type":
                yield from inner
            elif name == "@id":
                yield inner
            elif name != "@value":
                yield name
                yield from addresses(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from addresses(inner)


def names(value):
    """How many names a document has, its context aside."""
    if isinstance(value, dict):
        return sum(1 + names(inner) for name, inner in value.items() if name != "@context")
    return sum(map(names, value)) if isinstance(value, list) else 0


def kept(value):
    """How many names of a document an expansion has kept: values and references are written as objects there."""
    if isinstance(value, dict):
        if "@value" in value or set(value) == {"@id"}:
            return 0
        return sum(1 + kept(inner) for inner in value.values())
    return sum(map(kept, value)) if isinstance(value, list) else 0


@pytest.fixture
def body(decided):
    return lambda **changes: json.loads(bytes(decided(**changes).document))["body"]


@pytest.mark.parametrize("state", STATUS)
def test_every_name_and_term_expands_to_an_address(body, state):
    found = set(addresses(expanded(body(state=state, transfers="Clauses."))))
    assert len(found) > 60
    assert {address for address in found if "://" not in address and not address.startswith("urn:uuid:")} == set()


def test_no_name_is_lost_on_the_way(body):
    made = body(transfers="Clauses.")
    assert kept(expanded(made)) == names(made)


def test_every_term_of_the_vocabularies_is_one_of_the_pinned_release(body):
    found = set(addresses(expanded(body(sensitivity=4, transfers="Clauses."))))
    for prefix, each in VOCABULARIES.items():
        used = {address.removeprefix(each["namespace"]) for address in found if address.startswith(each["namespace"])}
        used = {term for term in used if "/" not in term and "#" not in term}
        assert used <= set(each["terms"]), prefix


@pytest.mark.parametrize("statement", [each for each in StatementType if each != StatementType.DECISION])
def test_a_statement_that_is_no_record_names_no_term_that_the_release_lacks(stated, statement):
    body = json.loads(bytes(stated(statement).document))["body"]
    assert "@context" not in body
    assert terms(body) - KNOWN == set()
