"""The write-once bucket: nothing lost while it is away, nothing ever replaced, locked where it can lock."""

from datetime import timedelta

import boto3
import pytest
from django.utils import timezone
from moto import mock_aws

from consent.ledger.models import Checkpoint, Witness
from consent.ledger.witnesses import bucket
from consent.ledger.witnesses.bucket import deposit_in_bucket, notes_in_bucket
from consent.ledger.witnesses.reports import WitnessTrouble
from tests.consent.ledger.log import AT, sequenced
from tests.consent.ledger.test_audit import cut

NAME = "checkpoints-of-candor"


@pytest.fixture(autouse=True)
def configured(settings):
    settings.WITNESS_BUCKET, settings.WITNESS_REGION = NAME, "eu-central-1"
    settings.WITNESS_ACCESS_KEY = settings.WITNESS_SECRET_KEY = "testing"
    bucket._made.cache_clear()
    with mock_aws():
        yield
    bucket._made.cache_clear()


@pytest.fixture
def client():
    return boto3.client("s3", region_name="eu-central-1", aws_access_key_id="testing", aws_secret_access_key="testing")


def make(client, **more):
    client.create_bucket(Bucket=NAME, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}, **more)


@pytest.fixture
def store(client):
    make(client)
    return client


def notes():
    return list(Checkpoint.objects.order_by("size").values_list("note", flat=True))


def keys(client):
    return [each["Key"] for each in client.list_objects_v2(Bucket=NAME).get("Contents", [])]


def witness():
    return Witness.objects.get(name="bucket")


@pytest.mark.django_db
def test_every_checkpoint_is_in_the_bucket_several_in_an_object(store):
    for _each in range(3):
        sequenced(1)
    deposit_in_bucket(at=AT)
    sequenced(2)
    deposit_in_bucket(at=AT)
    assert list(notes_in_bucket()) == notes()
    assert keys(store) == ["checkpoints/000000000000000003.notes", "checkpoints/000000000000000005.notes"]
    assert (witness().size, witness().deposited_at, witness().trouble) == (5, AT, "")


@pytest.mark.django_db
def test_many_are_put_in_several_objects(store, monkeypatch):
    monkeypatch.setattr(bucket, "AT_ONCE", 2)
    for _each in range(5):
        sequenced(1)
    deposit_in_bucket(at=AT)
    assert list(notes_in_bucket()) == notes()
    assert len(keys(store)) == 3


@pytest.mark.django_db
def test_where_no_bucket_is_configured_nothing_happens(settings):
    settings.WITNESS_BUCKET = ""
    sequenced(1)
    deposit_in_bucket(at=AT)
    assert not Witness.objects.exists()


@pytest.mark.django_db
def test_a_bucket_that_is_away_is_reported_and_gets_everything_later(client):
    sequenced(1)
    deposit_in_bucket(at=AT)
    assert "NoSuchBucket" in witness().trouble
    sequenced(1)
    make(client)
    deposit_in_bucket(at=AT)
    assert list(notes_in_bucket()) == notes()
    assert (witness().size, witness().trouble) == (2, "")


@pytest.mark.django_db
def test_an_address_that_does_not_answer_is_reported(settings, monkeypatch):
    settings.WITNESS_ENDPOINT = "http://127.0.0.1:1"
    monkeypatch.setattr(bucket, "QUICKLY", {**bucket.QUICKLY, "connect_timeout": 0.2})
    sequenced(1)
    deposit_in_bucket(at=AT)
    assert "EndpointConnectionError" in witness().trouble
    assert witness().size == 0


@pytest.mark.django_db
def test_after_a_crash_between_the_put_and_its_report_the_same_object_is_taken_as_put(store):
    sequenced(2)
    deposit_in_bucket(at=AT)
    Witness.objects.update(size=0)  # as if the report had never been written
    deposit_in_bucket(at=AT)
    assert witness().size == 2
    assert len(keys(store)) == 1


@pytest.mark.django_db
def test_an_object_that_is_there_is_never_replaced_even_when_it_says_something_else(store):
    sequenced(2)
    store.put_object(Bucket=NAME, Key="checkpoints/000000000000000002.notes", Body=b"something else\n\n\n")
    deposit_in_bucket(at=AT)
    assert store.get_object(Bucket=NAME, Key=keys(store)[0])["Body"].read() == b"something else\n\n\n"
    assert "not of this log" in witness().trouble
    assert witness().size == 0


@pytest.mark.own_database
def test_a_log_that_was_rolled_back_is_reported(altering, store):
    sequenced(2)
    sequenced(2, start=2)
    deposit_in_bucket(at=AT)
    cut(altering, 2)
    deposit_in_bucket(at=AT)
    assert "larger log than the database" in witness().trouble


@pytest.mark.django_db
def test_where_the_bucket_can_lock_objects_nobody_can_delete_them_for_the_years_that_are_set(client, settings):
    make(client, ObjectLockEnabledForBucket=True)
    settings.WITNESS_DAYS = 100
    sequenced(1)
    at = timezone.now()
    deposit_in_bucket(at=at)
    (version,) = client.list_object_versions(Bucket=NAME)["Versions"]
    kept = client.head_object(Bucket=NAME, Key=version["Key"])
    assert kept["ObjectLockMode"] == "COMPLIANCE"
    assert abs(kept["ObjectLockRetainUntilDate"] - at - timedelta(days=100)) < timedelta(seconds=2)
    with pytest.raises(client.exceptions.ClientError, match="AccessDenied"):
        client.delete_object(Bucket=NAME, Key=version["Key"], VersionId=version["VersionId"])


@pytest.mark.django_db
def test_reading_a_bucket_that_is_away_says_so():
    with pytest.raises(WitnessTrouble, match="NoSuchBucket"):
        list(notes_in_bucket())


@pytest.mark.django_db
def test_the_secret_of_the_bucket_is_in_no_report(settings, caplog):
    settings.WITNESS_SECRET_KEY = "canary-secret"
    sequenced(1)
    deposit_in_bucket(at=AT)
    assert "canary" not in caplog.text + witness().trouble
