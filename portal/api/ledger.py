"""The log's public side: signed checkpoints, proofs that it only grew, and the public keys (GET /ledger/…, GET /keys)."""

import base64
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from consent.ledger.models import Checkpoint, TimeStamp
from consent.ledger.proofs import consistency_proof
from consent.ledger.tree import newest_checkpoint
from consent.seals import certificate, signing
from consent.seals.rotation import KEYS
from consent.seals.vouching import VouchedKey

from .described import problems
from .fields import Instant, Strict, instant, or_none, valid
from .problems import refused
from .resource import PublicResource

SIZE_MAX = 2**62
_NOTE = {(200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, "The signed note (C2SP tlog-checkpoint).")}


class LatestCheckpoint(PublicResource):
    """The newest checkpoint."""

    cache = "public, max-age=1"

    @extend_schema(
        summary="The newest signed checkpoint",
        operation_id="checkpoint",
        tags=["ledger"],
        responses={**_NOTE, **problems(404)},
    )
    def get(self, request: Request) -> HttpResponse:
        """The state of the log: its name, size and root hash, signed (Ed25519)."""
        return _note(newest_checkpoint())


class CheckpointOfSize(PublicResource):
    """One checkpoint; it never changes."""

    cache = "public, max-age=31536000, immutable"

    @extend_schema(
        summary="The signed checkpoint of one size", tags=["ledger"], operation_id="checkpoint_of_size",
        responses={**_NOTE, **problems(404)},
    )  # fmt: skip
    def get(self, request: Request, size: int) -> HttpResponse:
        """The checkpoint that was signed when the log had exactly this many entries."""
        return _note(Checkpoint.objects.filter(size=size).first() if size < SIZE_MAX else None)


class TimeStampOfSize(PublicResource):
    """When an authority outside saw one checkpoint; it never changes."""

    cache = "public, max-age=31536000, immutable"

    @extend_schema(
        summary="The time-stamp of one checkpoint", tags=["ledger"], operation_id="time_stamp_of_size",
        responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY, "The token (RFC 3161, DER)."), **problems(404)},
    )  # fmt: skip
    def get(self, request: Request, size: int) -> HttpResponse:
        """The token over the SHA-256 of the checkpoint's note, where an authority is configured and has stamped it."""
        token = TimeStamp.objects.filter(pk=size).values_list("token", flat=True).first() if size < SIZE_MAX else None
        if token is None:
            raise refused(404, "no_time_stamp", "The checkpoint of this size has no time-stamp.")
        return HttpResponse(bytes(token), content_type="application/octet-stream")


class Sizes(Strict):
    """Two sizes of the log."""

    default_error_messages = {"period": "“from” must be before “to”."}
    to = serializers.IntegerField(min_value=1, max_value=SIZE_MAX)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's, so that it is added here."""
        return {"from": serializers.IntegerField(min_value=1, max_value=SIZE_MAX), **super().get_fields()}


class ConsistencyAnswer(serializers.Serializer[Any]):
    """The hashes, base64, from the bottom up."""

    proof = serializers.ListField(child=serializers.CharField())


class Consistency(PublicResource):
    """A proof between two sizes; it never changes."""

    cache = "public, max-age=31536000, immutable"

    @extend_schema(
        summary="Proof that the log only grew",
        operation_id="consistency",
        tags=["ledger"],
        parameters=[
            OpenApiParameter("from", int, required=True, description="The older size, 1 or more."),
            OpenApiParameter("to", int, required=True, description="The newer size."),
        ],
        responses={200: ConsistencyAnswer, **problems(400, 404)},
    )
    def get(self, request: Request) -> Response:
        """The hashes which prove that the log of size `to` begins with the log of size `from` (RFC 9162, 2.1.4)."""
        sizes = valid(Sizes, request.query_params.dict())
        hashes = consistency_proof(first=sizes["from"], second=sizes["to"])
        return Response({"proof": [base64.b64encode(each).decode() for each in hashes]})


class KeyRow(serializers.Serializer[Any]):
    """One public key. `purpose` is `ledger` (checkpoints), `receipts`, or `seal` (printed receipts)."""

    id = serializers.CharField()
    purpose = serializers.ChoiceField(["ledger", "receipts", "seal"])
    algorithm = serializers.ChoiceField(["Ed25519", "ECDSA P-256"])
    public = serializers.CharField(help_text="Ed25519: 32 bytes, base64. ECDSA: SubjectPublicKeyInfo (DER), base64.")
    certificate = serializers.CharField(allow_null=True, help_text="Of the seal: its certificate (PEM).")
    created_at = Instant()
    retired_at = Instant(allow_null=True)


class KeysAnswer(serializers.Serializer[Any]):
    """All of them, oldest first."""

    keys = KeyRow(many=True)


class Keys(PublicResource):
    """The public keys."""

    cache = "public, max-age=300"

    @extend_schema(summary="The public keys", operation_id="keys", tags=["ledger"], responses={200: KeysAnswer})
    def get(self, request: Request) -> Response:
        """Every key that ever signed a checkpoint or a receipt. Note them somewhere else: whoever owns this portal also owns this page."""
        return Response({"keys": [_row(purpose, key) for purpose, keys in KEYS.items() for key in keys()]})


def _row(purpose: str, key: VouchedKey) -> dict[str, Any]:
    """A key as a stranger takes it away."""
    row = {"id": key.key_id, "purpose": purpose, "algorithm": signing.ALGORITHM, "certificate": None}
    public = key.public
    if purpose == certificate.PURPOSE:
        row |= {"algorithm": certificate.ALGORITHM, "certificate": certificate.pem(key.public)}
        public = certificate.public_half(key.public)
    times = {"created_at": instant(key.created_at), "retired_at": or_none(key.retired_at)}
    return row | {"public": base64.b64encode(public).decode()} | times


def _note(checkpoint: Checkpoint | None) -> HttpResponse:
    if checkpoint is None:
        raise refused(404, "no_checkpoint", "There is no checkpoint of this size.")
    return HttpResponse(checkpoint.note, content_type="text/plain; charset=utf-8")
