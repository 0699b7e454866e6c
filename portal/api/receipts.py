"""A person's receipts and their files (GET /receipts/ …)."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from consent.receipts import kantara
from consent.receipts.models import Receipt, StatementType
from consent.receipts.printing import ask_for_print, print_of
from consent.receipts.reading import proof_of, receipt_of, receipts_of

from .cursors import page
from .described import problems
from .fields import Instant, instant
from .resource import PersonResource, signed_in

RETRY_AFTER = "2"


class ReceiptRow(serializers.Serializer[Any]):
    """One receipt. `state` is the decision's, or the request's when it was issued."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    issued_at = Instant()
    statement = serializers.ChoiceField([(each.value, each.value) for each in StatementType])
    state = serializers.CharField()


class ReceiptsAnswer(serializers.Serializer[Any]):
    """A page of receipts, newest first."""

    results = ReceiptRow(many=True)
    next = serializers.URLField(allow_null=True)


class NotYet(serializers.Serializer[Any]):
    """The file is being made."""

    state = serializers.ChoiceField(["being_made"])


def _file(media_type: str, words: str) -> dict[Any, OpenApiResponse]:
    return {(200, media_type): OpenApiResponse(OpenApiTypes.BINARY, words), **problems(404)}


_LATER: dict[Any, OpenApiResponse] = {
    202: OpenApiResponse(NotYet, "Not there yet: ask again after Retry-After seconds.")
}


class Receipts(PersonResource):
    """The list."""

    @extend_schema(
        summary="My receipts", operation_id="receipts", tags=["receipts"],
        parameters=[OpenApiParameter("after", OpenApiTypes.STR, description="From `next`.")],
        responses={200: ReceiptsAnswer, **problems(400)},
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Newest first, in pages."""
        return Response(page(request, receipts_of(signed_in(request)), by="issued_at", shown=_row))


class Document(PersonResource):
    """The signed document itself."""

    @extend_schema(
        summary="A receipt as JSON", tags=["receipts"], operation_id="receipt_json",
        responses=_file("application/json", "Exactly the bytes that were signed."),
    )  # fmt: skip
    def get(self, request: Request, receipt_id: UUID) -> HttpResponse:
        """Canonical JSON (RFC 8785): ISO/IEC TS 27560 in DPV JSON-LD, signed Ed25519. Never changes."""
        receipt = receipt_of(signed_in(request), receipt_id)
        return _download(bytes(receipt.document), f"{receipt.number}.json", "application/json")


class Kantara(PersonResource):
    """For tools that read the older format."""

    @extend_schema(
        summary="A given consent in Kantara's format", tags=["receipts"], operation_id="receipt_kantara",
        responses={**_file("application/json", "KI-CR-v1.1.0, with the number of the receipt that it derives from."), **problems(409)},
    )  # fmt: skip
    def get(self, request: Request, receipt_id: UUID) -> HttpResponse:
        """An unsigned export of a receipt of given consents; 409 for anything else, which the format cannot say."""
        receipt = receipt_of(signed_in(request), receipt_id)
        return _download(kantara.export(receipt), f"{receipt.number}.kantara.json", "application/json")


class Proof(PersonResource):
    """That the log holds it."""

    @extend_schema(
        summary="A receipt's proof", tags=["receipts"], operation_id="receipt_proof",
        responses={**_file("text/plain", "c2sp.org/tlog-proof@v1."), **_LATER},
    )  # fmt: skip
    def get(self, request: Request, receipt_id: UUID) -> HttpResponseBase:
        """The inclusion proof, a second or two after the receipt; until then 202."""
        receipt = receipt_of(signed_in(request), receipt_id)
        proof = proof_of(receipt)
        if proof is None:
            return _later()
        return _download(proof.encode(), f"{receipt.number}.tlog-proof", "text/plain; charset=utf-8")


class Pdf(PersonResource):
    """For people."""

    @extend_schema(
        summary="A receipt as PDF", tags=["receipts"], operation_id="receipt_pdf",
        responses={**_file("application/pdf", "With the JSON and the proof attached."), **_LATER},
    )  # fmt: skip
    def get(self, request: Request, receipt_id: UUID) -> HttpResponseBase:
        """Rendered once, then kept; until then 202."""
        receipt = receipt_of(signed_in(request), receipt_id)
        pdf = print_of(receipt)
        if pdf is None:
            ask_for_print(receipt)
            return _later()
        return _download(pdf, f"{receipt.number}.pdf", "application/pdf")


def _row(receipt: Receipt) -> dict[str, Any]:
    return {
        "id": receipt.pk,
        "number": receipt.number,
        "issued_at": instant(receipt.issued_at),
        "statement": receipt.statement,
        "state": receipt.state,
    }


def _download(content: bytes, name: str, media_type: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def _later() -> JsonResponse:
    return JsonResponse({"state": "being_made"}, status=202, headers={"Retry-After": RETRY_AFTER})
