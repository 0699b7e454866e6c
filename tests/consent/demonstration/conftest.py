"""The demonstration, written once for a module of tests, and rolled back after it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import override_settings

from consent.demonstration.seeding import seed
from consent.people.models import Person
from consent.programmes.models import Programme

AT = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def seeded(django_db_setup, django_db_blocker, tmp_path_factory):
    """What the seeding says it wrote."""
    with django_db_blocker.unblock(), transaction.atomic():
        with override_settings(DEMO=True, KEYSTORE_DIR=tmp_path_factory.mktemp("keystore")):
            yield seed(at=AT)
        transaction.set_rollback(True)


@pytest.fixture
def people(seeded):
    return {person.username: person for person in Person.objects.all()}


@pytest.fixture
def alice(people):
    return people["alice"]


@pytest.fixture
def programmes(seeded):
    return {programme.slug: programme for programme in Programme.objects.all()}
