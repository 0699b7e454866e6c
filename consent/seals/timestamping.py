"""Time-stamps by an authority outside (RFC 3161): asked for with a limit of time and size, and believed only when every check passes."""

import asyncio
import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import aiohttp
from asn1crypto import cms, core, pem, tsp, x509
from django.conf import settings
from django.utils.translation import gettext as _
from pyhanko.sign.timestamps import HTTPTimeStamper, TimestampRequestError
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.generic_cms import validate_tst_signed_data
from pyhanko.sign.validation.status import TimestampSignatureStatus
from pyhanko_certvalidator import ValidationContext

SECONDS_MAX = 10
BYTES_MAX = 64 * 1024
# How far the authority's clock may be from ours: what it stamps is what we sent it a moment ago.
CLOCKS_APART = timedelta(minutes=5)
MEDIA_TYPE = "application/timestamp-reply"

Read = TypeVar("Read")


class TimeStampRefused(TimestampRequestError):
    """No time-stamp came, or one that cannot be believed; the sentence says why. Nothing depends on it: ask again later."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True)
class TimeStamp:
    """A token that was believed: the exact bytes (DER, a CMS ContentInfo), and the time that the authority gave."""

    token: bytes
    at: datetime


class _Answer(core.Sequence):
    """RFC 3161, 2.4.2: a refusal has no token (asn1crypto's own class insists on one)."""

    _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


class TimeAuthority(HTTPTimeStamper):
    """The time-stamping authority that TSA_URL names, as pyHanko asks it. What it answers is believed as `check_token` believes."""

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> _Answer:
        """Posts the request: one try, at most 10 seconds and 64 KiB, no redirects. Raises TimeStampRefused."""
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS_MAX)) as session,
                session.post(
                    self.url, data=req.dump(), headers=self.request_headers(), allow_redirects=False
                ) as response,
            ):
                answer = io.BytesIO()
                async for piece in response.content.iter_chunked(BYTES_MAX):
                    answer.write(piece)
                    if answer.tell() > BYTES_MAX:
                        raise TimeStampRefused(_("The time-stamping authority sent too much."), code="too_long")
                if response.status != 200 or response.content_type != MEDIA_TYPE:
                    raise TimeStampRefused(
                        _("The time-stamping authority answered with status %(status)s and no time-stamp.")
                        % {"status": response.status},
                        code="no_reply",
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            if isinstance(error, TimeStampRefused):
                raise
            raise TimeStampRefused(
                _("The time-stamping authority does not answer (%(error)s).") % {"error": type(error).__name__},
                code="unreachable",
            ) from error
        return _parsed(lambda: _Answer.load(answer.getvalue(), strict=True))

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        """A token over this digest that was checked in full. Raises TimeStampRefused, which pyHanko takes as its own error."""
        nonce, request = self.request_cms(message_digest, md_algorithm)  # type: ignore[no-untyped-call]
        response = await self.async_request_tsa_response(request)
        asked_at = datetime.now(UTC)  # not passed in: this is held against the authority's clock, to the second
        token, info = _parsed(lambda: _granted(response))
        # 1. It answers this request and not another one.
        if _parsed(lambda: info["nonce"].native) != nonce:
            raise TimeStampRefused(_("The time-stamp answers another request."), code="nonce")
        # 2. It is a genuine time-stamp of this digest.
        await _check(token, lambda _algorithm: message_digest, moment=asked_at)
        # 3. Its time is now.
        if abs(info["gen_time"].native - asked_at) > CLOCKS_APART:
            raise TimeStampRefused(_("The time in the time-stamp is not now."), code="clock")
        return token


def time_authority() -> TimeAuthority | None:
    """The authority that is configured; None where none is."""
    return TimeAuthority(settings.TSA_URL) if settings.TSA_URL else None


def stamp(message: bytes, *, authority: TimeAuthority) -> TimeStamp:
    """A time-stamp over the SHA-256 of these bytes. Waits 10 seconds at most. Raises TimeStampRefused."""
    token = asyncio.run(authority.async_timestamp(hashlib.sha256(message).digest(), "sha256"))
    return TimeStamp(token=token.dump(), at=_info(token)["gen_time"].native)


def check_token(token: bytes, *, message: bytes) -> datetime:
    """The time at which an authority that we trust saw exactly these bytes. Asks nobody. Raises TimeStampRefused.

    The certificate must have been valid at that time, for time-stamping, and lead to one of TSA_CERTIFICATES.
    """
    read = _parsed(lambda: cms.ContentInfo.load(token, strict=True))
    at: datetime = _parsed(lambda: _info(read)["gen_time"].native)
    asyncio.run(_check(read, lambda algorithm: hashlib.new(algorithm, message).digest(), moment=at))
    return at


def trusted_authorities() -> list[x509.Certificate]:
    """The certificates that a time-stamp must lead to; none where no authority is configured."""
    return _trusted(str(settings.TSA_CERTIFICATES)) if settings.TSA_CERTIFICATES else []


async def _check(token: cms.ContentInfo, digest: Callable[[str], bytes], *, moment: datetime) -> None:
    """Signature, digest and certificate of a token, as they are at this moment."""
    context = ValidationContext(
        trust_roots=trusted_authorities(),
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    try:
        status = TimestampSignatureStatus(**await validate_tst_signed_data(token["content"], context, digest))
    except (SignatureValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _junk() from error
    if not (status.valid and status.intact):
        raise TimeStampRefused(_("The time-stamp is not genuine, or is one of something else."), code="not_genuine")
    if not status.trusted:
        raise TimeStampRefused(
            _("The certificate of the time-stamp is none that we trust, or was not valid at its time."),
            code="untrusted",
        )


def _granted(response: _Answer) -> tuple[cms.ContentInfo, tsp.TSTInfo]:
    if response["status"]["status"].native != "granted":
        raise TimeStampRefused(_("The time-stamping authority refused."), code="refused")
    token = response["time_stamp_token"]
    return token, _info(token)


def _info(token: cms.ContentInfo) -> tsp.TSTInfo:
    if token["content_type"].native != "signed_data":
        raise _junk()
    info = token["content"]["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise _junk()
    return info


def _parsed(read: Callable[[], Read]) -> Read:
    """What an ASN.1 structure says; asn1crypto parses when asked, and raises many things."""
    try:
        return read()
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise _junk() from error


def _junk() -> TimeStampRefused:
    return TimeStampRefused(_("What came is no time-stamp (RFC 3161)."), code="not_a_time_stamp")


@lru_cache(maxsize=4)
def _trusted(path: str) -> list[x509.Certificate]:
    """The certificates in a PEM file; a changed file counts from the next start on."""
    found = [each for _kind, _headers, each in pem.unarmor(Path(path).read_bytes(), multiple=True)]
    return [x509.Certificate.load(each) for each in found]
