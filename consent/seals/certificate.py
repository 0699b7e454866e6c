"""The key and the certificate that seal printed receipts: ECDSA P-256, since readers of PDFs reject Ed25519 or trust only some of it."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.x509.oid import NameOID

from . import keystore, vouching
from .vouching import VouchedKey

PURPOSE = "seal"
ALGORITHM = "ECDSA P-256"
# The order of the curve's base point (FIPS 186-5, SP 800-186, 3.2.1.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_FROM = datetime(2026, 1, 1, tzinfo=UTC)
_NEVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)  # RFC 5280, 4.1.2.5: no well-defined end


@dataclass(frozen=True)
class Seal:
    """What seals a PDF now: the private key, and the certificate that travels in every seal."""

    key_id: str
    certificate: x509.Certificate
    private: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def certificate_der(self) -> bytes:
        """The certificate as it stands in a seal (DER)."""
        return self.certificate.public_bytes(serialization.Encoding.DER)


def seal() -> Seal:
    """The seal of this portal; its key is made on first use. Raises KeystoreRefused when the keystore is not private.

    The certificate is derived from the key alone and signed deterministically (RFC 6979): the same key has the same certificate,
    on every machine and after a change of address, and nothing beside the key has to be kept.
    """
    made = _derived(keystore.seed(PURPOSE))
    vouching.put_on_record(PURPOSE, key_id=made.key_id, public=made.certificate_der)
    return made


def own_certificates() -> list[bytes]:
    """The certificates (DER) that the keystore itself vouches for, now and retired, oldest first."""
    return [key.public for key in keys_vouched_for()]


def keys_vouched_for() -> list[VouchedKey]:
    """Every certificate with the time during which its key seals or sealed, oldest first."""
    seal()
    return vouching.on_record(PURPOSE)


def pem(der: bytes) -> str:
    """A certificate as text (RFC 7468), as tools take it."""
    return x509.load_der_x509_certificate(der).public_bytes(serialization.Encoding.PEM).decode()


def public_half(der: bytes) -> bytes:
    """The public key in a certificate (SubjectPublicKeyInfo, DER)."""
    return _spki(x509.load_der_x509_certificate(der).public_key())


@lru_cache(maxsize=8)
def _derived(seed: bytes) -> Seal:
    private = ec.derive_private_key(int.from_bytes(seed, "big") % (_ORDER - 1) + 1, ec.SECP256R1())
    key_id = keystore.key_id_of(_spki(private.public_key()))
    return Seal(key_id=key_id, certificate=_certificate(private, key_id), private=private)


def _spki(public: CertificatePublicKeyTypes) -> bytes:
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _certificate(private: ec.EllipticCurvePrivateKey, key_id: str) -> x509.Certificate:
    """Self-signed, for signing documents only (RFC 5280, 4.2.1.3: digitalSignature and nonRepudiation)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Candor seal {key_id}")])
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(int(key_id, 16))
        .not_valid_before(_FROM)
        .not_valid_after(_NEVER)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    return built.sign(private, hashes.SHA256(), ecdsa_deterministic=True)
