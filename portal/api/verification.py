"""Anyone checks a receipt file (POST /verify); what is sent is read, judged and forgotten."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from consent.receipts.parsing import BYTES_MAX
from consent.receipts.seal_check import PDF_BYTES_MAX
from consent.receipts.verification import STEPS, verify_file
from portal.limits import VERIFICATIONS, check_rate

from .described import problems
from .fields import Instant, or_none
from .problems import refused
from .resource import PublicResource

FILES_MAX = PDF_BYTES_MAX + BYTES_MAX
BODY_MAX = FILES_MAX + 4096  # with what a form puts around them


class Whole(BaseParser):
    """The body as it is: every byte of a receipt counts."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The file alone, with nothing beside it."""
        return {"receipt": stream.read(BODY_MAX + 1), "proof": None}


class WholePDF(Whole):
    """The same for a PDF."""

    media_type = "application/pdf"


class VerifyForm(serializers.Serializer[Any]):
    """A receipt and, if at hand, its proof."""

    receipt = serializers.FileField(help_text="JSON, at most 256 KiB, or PDF, at most 5 MiB.")
    proof = serializers.FileField(
        required=False,
        help_text="The .tlog-proof of a JSON file. A PDF holds its own; given beside it, it must be that one.",
    )


class CheckRow(serializers.Serializer[Any]):
    """One thing that was checked."""

    name = serializers.ChoiceField(STEPS)
    passed = serializers.BooleanField(allow_null=True, help_text="Null when there was nothing to check.")
    sentence = serializers.CharField()


class VerdictAnswer(serializers.Serializer[Any]):
    """Whether the receipt was genuine when issued. It says nothing about what stands now."""

    genuine = serializers.BooleanField()
    number = serializers.CharField(allow_null=True)
    issued_at = Instant(allow_null=True)
    steps = CheckRow(many=True)


class Verification(PublicResource):
    """The check by file."""

    parser_classes = [Whole, WholePDF, MultiPartParser]

    @extend_schema(
        summary="Check a receipt",
        operation_id="verify",
        tags=["receipts"],
        request={
            "application/json": {"type": "object", "description": "The receipt's JSON."},
            "application/pdf": {"type": "string", "format": "binary", "description": "The printed receipt."},
            "multipart/form-data": VerifyForm,
        },
        responses={200: VerdictAnswer, **problems(411, 429)},
    )
    def post(self, request: Request) -> Response:
        """Public, rate limited, keeps nothing. The verdict is “genuine when issued”, never what stands now."""
        check_rate(request, VERIFICATIONS, at=timezone.now())
        _check_body(request)
        sent: Any = request.data
        file, beside = _bytes(sent.get("receipt")), _bytes(sent.get("proof"))
        if not file:
            raise refused(400, "malformed")
        if len(file) > PDF_BYTES_MAX or len(beside or b"") > BYTES_MAX:
            raise refused(413, "too_large")
        verdict = verify_file(file, beside)
        steps = [{"name": step.name, "passed": step.passed, "sentence": str(step.sentence)} for step in verdict.steps]
        found = {"genuine": verdict.genuine, "number": verdict.number, "issued_at": or_none(verdict.issued_at)}
        return Response({**found, "steps": steps})


def _check_body(request: Request) -> None:
    """The length, before a byte is read."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise refused(411, "length_required")
    if int(length[:20]) > BODY_MAX:
        raise refused(413, "too_large")


def _bytes(part: Any) -> bytes | None:
    """What a part of the body holds: bytes already, a file, or a form field."""
    if part is None or isinstance(part, bytes):
        return part
    return part.read() if hasattr(part, "read") else str(part).encode("utf-8", "replace")
