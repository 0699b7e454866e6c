"""The CMS that every seal is (RFC 5652): a fixed frame around what varies, read without a general parser, since anybody may send one."""

from dataclasses import dataclass

from cryptography import x509

_SEQUENCE, _SET, _OCTETS, _TAGGED, _UNSIGNED = 0x30, 0x31, 0x04, 0xA0, 0xA1
_VERSION_1 = bytes.fromhex("020101")
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
_DATA = bytes.fromhex("06092a864886f70d010701")
_SHA256 = bytes.fromhex("300d06096086480165030402010500")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
# The name of the attribute `signatureTimeStampToken` (RFC 3161, appendix A).
_TIME_STAMP = bytes.fromhex("060b2a864886f70d010910020e")
# The attribute `messageDigest` up to its 32 bytes.
_MESSAGE_DIGEST = bytes.fromhex("06092a864886f70d01090431220420")


class NotASeal(Exception):
    """The bytes are not a CMS in the one form that seals have."""


@dataclass(frozen=True)
class Frame:
    """What varies from seal to seal; believe nothing of it before the signature over `message` is verified.

    `stamp` is a time-stamp over the signature, which that does not cover: it has to be genuine by itself. Empty where there is none.
    """

    certificate: bytes
    attributes: bytes
    signature: bytes
    stamp: bytes = b""

    @property
    def message(self) -> bytes:
        """What was signed: the attributes as a set (RFC 5652, 5.4)."""
        return _der(_SET, self.attributes)

    def digest(self) -> bytes:
        """The SHA-256 that the attributes say. Raises NotASeal when they say none, or several."""
        found = [each for each in _values(self.attributes) if each.startswith(_MESSAGE_DIGEST)]
        if len(found) != 1:
            raise NotASeal
        return found[0].removeprefix(_MESSAGE_DIGEST)

    def encoded(self) -> bytes:
        """The whole CMS, around these parts; the certificate must be one of ours."""
        certificate = x509.load_der_x509_certificate(self.certificate)
        serial = certificate.serial_number.to_bytes(certificate.serial_number.bit_length() // 8 + 1, "big")
        signer = _der(_SEQUENCE, certificate.issuer.public_bytes(), _der(0x02, serial))
        attributes, signature = _der(_TAGGED, self.attributes), _der(_OCTETS, self.signature)
        info = _der(_SEQUENCE, _VERSION_1, signer, _SHA256, attributes, _ECDSA_SHA256, signature, self._stamped())
        signed = _der(
            _SEQUENCE, _VERSION_1, _der(_SET, _SHA256), _der(_SEQUENCE, _DATA), _der(_TAGGED, self.certificate), _der(_SET, info)
        )  # fmt: skip
        return _der(_SEQUENCE, _SIGNED_DATA, _der(_TAGGED, signed))

    def _stamped(self) -> bytes:
        """The one attribute that is not signed (RFC 5652, 5.3), if there is one."""
        return _der(_UNSIGNED, _der(_SEQUENCE, _TIME_STAMP, _der(_SET, self.stamp))) if self.stamp else b""


def read_frame(padded: bytes) -> Frame:
    """Takes what varies out of a seal. Raises NotASeal. Whether all else in it is as it must be, `encoded` shows."""
    try:
        content, _room = _opened(padded)
        _type, tagged = _values(content)
        (signed,) = _values(tagged)
        _version, _digests, _data, certificate, infos = _values(signed)
        (info,) = _values(infos)
        _version, _signer, _digest, attributes, _algorithm, signature, *unsigned = _values(info)
        return Frame(certificate, attributes, signature, _stamp_in(unsigned))
    except ValueError:  # more values, or fewer
        raise NotASeal from None


def _stamp_in(unsigned: list[bytes]) -> bytes:
    """The time-stamp among the attributes that are not signed: it is the only one, or there is none."""
    if not unsigned:
        return b""
    (attributes,) = unsigned
    (attribute,) = _values(attributes)
    _name, stamp = _values(attribute)
    return stamp


def _der(tag: int, *contents: bytes) -> bytes:
    """A value in DER (X.690, 8.1 and 10.1)."""
    content = b"".join(contents)
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 128 + size]) + length.to_bytes(size, "big") + content


def _opened(der: bytes) -> tuple[bytes, bytes]:
    """The content of the first value, whatever its tag, and what stands behind that value. Raises NotASeal: cut off."""
    start, length = 2, int.from_bytes(der[1:2], "big")
    if length >= 128:
        start += length - 128
        length = int.from_bytes(der[2:start], "big")
    if len(der) < start + length:
        raise NotASeal
    return der[start : start + length], der[start + length :]


def _values(der: bytes) -> list[bytes]:
    """The contents of the values that stand one behind the other. Raises NotASeal."""
    found = []
    while der:
        content, der = _opened(der)
        found.append(content)
    return found
