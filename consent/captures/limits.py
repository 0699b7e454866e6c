"""What a batch may cost: sizes while streaming, numbers and lengths of values. Beyond them nothing is read, kept or echoed."""

import zlib
from collections.abc import Iterable

import zstandard
from django.utils.translation import gettext as _

BODY_BYTES = 8 << 20
DECOMPRESSED_BYTES = 32 << 20
SEGMENTS = 200
EVENTS_PER_SEGMENT = 10_000
EVENTS_PER_BATCH = 100_000
KEY_LENGTH = 64
NAME_LENGTH = 50
NAMES_COUNTED = 20

COORDINATE = 1_000_000_000
DURATION_SECONDS = 7 * 24 * 3600
TEXT_LENGTH = {"title": 1_000, "text": 20_000, "app": 200}
OTHER_TEXT_LENGTH = 100
IMAGE_BYTES = 1 << 20

_SLICE = 512  # zstd can make 128 KiB of four bytes: small slices keep what one call can return within 16 MiB
_WINDOW_BYTES = 8 << 20


class BatchRefused(Exception):
    """A batch was not looked into; nothing of it was stored. The sentence never quotes it."""

    code = "refused"


class Malformed(BatchRefused):
    """The batch is not what the API describes (400)."""

    code = "malformed"


class TooLarge(BatchRefused):
    """More than is accepted at once (413)."""

    code = "too_large"


class UnsupportedEncoding(BatchRefused):
    """A media type or content encoding that is not accepted (415)."""

    code = "unsupported_encoding"


def read_body(chunks: Iterable[bytes], *, encoding: str) -> bytes:
    """The body, decompressed; never holds more than the limits, however far it would expand.

    Raises TooLarge, UnsupportedEncoding, or Malformed for what is not what its encoding says.
    """
    body = _collected(chunks)
    match encoding.strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip":
            return _unzipped(body)
        case "zstd":
            return _unzstandard(body)
    raise UnsupportedEncoding(_("Send the body plain, or compressed with gzip or zstd."))


def _collected(chunks: Iterable[bytes]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > BODY_BYTES:
            raise TooLarge(_("A batch has at most 8 MiB. Send several smaller ones."))
    return bytes(body)


def _unzipped(body: bytes) -> bytes:
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(body, DECOMPRESSED_BYTES + 1)
    except zlib.error:
        raise _wrongly_compressed() from None
    if len(plain) > DECOMPRESSED_BYTES:
        raise _too_large()
    if not stream.eof or stream.unused_data:
        raise _wrongly_compressed()
    return plain


def _unzstandard(body: bytes) -> bytes:
    stream = zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj()
    plain = bytearray()
    try:
        for place in range(0, len(body), _SLICE):
            if stream.eof:
                raise _wrongly_compressed()
            plain += stream.decompress(body[place : place + _SLICE])
            if len(plain) > DECOMPRESSED_BYTES:
                raise _too_large()
    except zstandard.ZstdError:
        raise _wrongly_compressed() from None
    if not stream.eof or stream.unused_data:
        raise _wrongly_compressed()
    return bytes(plain)


def _too_large() -> TooLarge:
    return TooLarge(_("A batch has at most 32 MiB once decompressed. Send several smaller ones."))


def _wrongly_compressed() -> Malformed:
    return Malformed(_("The body is not compressed the way its Content-Encoding says."))
