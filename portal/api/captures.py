"""Collectors hand in what they captured (POST /captures); the gate decides about every event."""

from functools import partial
from typing import Any

from django.http import JsonResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from consent.captures import batches
from consent.captures.limits import BODY_BYTES
from portal.limits import INTAKES

from .described import problems
from .fields import Instant
from .problems import refused
from .resource import CollectorResource, collector_of, idempotency_key

PIECE = 64 * 1024


class IncomingSegment(serializers.Serializer[Any]):
    """Events of one kind and one time span."""

    programme = serializers.CharField(help_text="The programme's short name, as in the permissions.")
    kind = serializers.CharField()
    start = Instant(required=False, help_text="Your own summary; the events' own times decide.")
    end = Instant(required=False)
    events = serializers.ListField(
        child=serializers.DictField(),
        help_text="Each with `t` (RFC 3339, with its offset) and the fields that the permissions name.",
    )


class CapturesBody(serializers.Serializer[Any]):
    """A batch."""

    segments = IncomingSegment(many=True)


class SegmentResult(serializers.Serializer[Any]):
    """What became of one segment. Numbers count events; `dropped_fields` counts fields that the notice does not list."""

    segment = serializers.UUIDField(allow_null=True, help_text="Null when nothing of it was stored.")
    stored = serializers.IntegerField()
    refused = serializers.DictField(child=serializers.IntegerField())
    dropped_fields = serializers.DictField(child=serializers.IntegerField())


class CapturesAnswer(serializers.Serializer[Any]):
    """One result per segment, in their order. A new `permissions_version` means: ask for the permissions again."""

    permissions_version = serializers.CharField()
    results = SegmentResult(many=True)


class Captures(CollectorResource):
    """The intake."""

    parser_classes = []

    @extend_schema(
        summary="Hand in a batch",
        operation_id="captures",
        tags=["collectors"],
        parameters=[
            OpenApiParameter(
                "Idempotency-Key",
                OpenApiTypes.STR,
                OpenApiParameter.HEADER,
                required=True,
                description="The same key with the same body gives the same answer, and stores nothing twice.",
            ),  # fmt: skip
            OpenApiParameter("Content-Encoding", OpenApiTypes.STR, OpenApiParameter.HEADER, enum=["gzip", "zstd"]),
        ],
        request={"application/json": CapturesBody},
        responses={200: CapturesAnswer, **problems(411, 422, 429)},
    )
    def post(self, request: Request) -> JsonResponse:
        """The body is read in pieces and within limits; it never becomes text in a log or an error."""
        _check_length(request)
        collector = collector_of(request)
        with INTAKES.taken(collector.person_id):
            answer = batches.receive(
                collector=collector,
                key=idempotency_key(request),
                body=iter(partial(request._request.read, PIECE), b""),
                content_type=request.content_type or "",
                content_encoding=request.headers.get("Content-Encoding", ""),
                at=timezone.now(),
            )
        return JsonResponse(answer)


def _check_length(request: Request) -> None:
    """Refuses what says that it is too large, or does not say how large it is, before a byte of it is read (RFC 9110, 8.6)."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise refused(411, "length_required")
    if int(length[:20]) > BODY_BYTES:
        raise refused(413, "too_large")
