"""Anyone checks a receipt file (POST /verify); what is sent is read, judged and forgotten."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from consent.receipts.verification import verify_document
from portal.limits import VERIFICATIONS, check_rate

from .described import problems
from .fields import Instant, or_none
from .problems import refused
from .resource import PublicResource

DOCUMENT_MAX = 256 * 1024
PROOF_MAX = 64 * 1024
BODY_MAX = 512 * 1024
PDF_SENTENCE = "A PDF cannot be checked here yet. The receipt's JSON is attached to the PDF: take it out, and send that as application/json."


class Whole(BaseParser):
    """The body as it is: every byte of a receipt counts."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """The document alone, without a proof."""
        return {"receipt": stream.read(BODY_MAX + 1), "proof": None}


class VerifyForm(serializers.Serializer[Any]):
    """A receipt and, if at hand, its proof."""

    receipt = serializers.FileField()
    proof = serializers.FileField(required=False)


class CheckRow(serializers.Serializer[Any]):
    """One thing that was checked."""

    name = serializers.CharField()
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

    parser_classes = [Whole, MultiPartParser]

    @extend_schema(
        summary="Check a receipt",
        operation_id="verify",
        tags=["receipts"],
        request={
            "application/json": {"type": "object", "description": "The receipt file."},
            "multipart/form-data": VerifyForm,
        },
        responses={200: VerdictAnswer, **problems(411, 429)},
    )
    def post(self, request: Request) -> Response:
        """Public, rate limited, keeps nothing. The verdict is “genuine when issued”, never what stands now."""
        check_rate(request, VERIFICATIONS, at=timezone.now())
        _check_body(request)
        sent: Any = request.data
        document, proof = _bytes(sent.get("receipt")), _bytes(sent.get("proof"))
        if not document or len(document) > DOCUMENT_MAX or len(proof or b"") > PROOF_MAX:
            raise refused(413, "too_large") if document else refused(400, "malformed")
        verdict = verify_document(document, _text(proof))
        steps = [{"name": step.name, "passed": step.passed, "sentence": str(step.sentence)} for step in verdict.steps]
        found = {"genuine": verdict.genuine, "number": verdict.number, "issued_at": or_none(verdict.issued_at)}
        return Response({**found, "steps": steps})


def _check_body(request: Request) -> None:
    """The type and the length, before a byte is read."""
    if (request.content_type or "").partition(";")[0].strip().lower() == "application/pdf":
        raise refused(415, "unsupported_media_type", PDF_SENTENCE)
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


def _text(proof: bytes | None) -> str | None:
    return None if proof is None else proof.decode("utf-8", "replace")
