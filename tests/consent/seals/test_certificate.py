"""The certificate that seals printed receipts: one key, one certificate, for documents only."""

from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from consent.seals.certificate import _derived, seal


@pytest.fixture(autouse=True)
def keystore(settings, tmp_path):
    settings.KEYSTORE_DIR = tmp_path / "keystore"


def test_the_key_is_on_the_curve_that_readers_of_pdfs_accept():
    assert isinstance(seal().private.curve, ec.SECP256R1)


def test_the_same_key_has_the_same_certificate_in_every_process():
    first = seal().certificate_der
    _derived.cache_clear()
    assert seal().certificate_der == first


def test_another_keystore_has_another_seal(settings, tmp_path):
    first = seal()
    settings.KEYSTORE_DIR = tmp_path / "another"
    assert seal().certificate_der != first.certificate_der
    assert seal().key_id != first.key_id


def test_the_certificate_signs_itself_and_is_for_documents_only():
    certificate = seal().certificate
    certificate.verify_directly_issued_by(certificate)
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    assert (usage.digital_signature, usage.content_commitment) == (True, True)
    assert (usage.key_cert_sign, usage.crl_sign, usage.key_agreement) == (False, False, False)
    assert certificate.not_valid_before_utc <= datetime(2026, 1, 1, tzinfo=UTC)


def test_the_private_key_is_not_printed():
    assert "private" not in repr(seal())
