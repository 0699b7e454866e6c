"""A person makes a request and follows it (POST /requests, GET /requests/{number})."""

from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from consent.programmes.scopes import Scope
from consent.rights.lodging import lodge
from consent.rights.models import RequestState, RequestType, RightsRequest, StepState
from consent.rights.reading import request_of

from .described import problems
from .fields import Instant, Strict, instant, or_none, valid
from .naming import programme_named
from .resource import PersonResource, idempotency_key, signed_in

MESSAGE_MAX = 5_000
KINDS_MAX = 50


class ScopeBody(Strict):
    """What the request is about; what is left out means all."""

    default_error_messages = {"period": "“from” must be before “to”."}
    programme = serializers.CharField(max_length=50, required=False)
    kinds = serializers.ListField(
        child=serializers.CharField(max_length=32), required=False, allow_empty=False, max_length=KINDS_MAX
    )
    to = Instant(required=False)

    def get_fields(self) -> dict[str, Any]:
        """`from` is a word of Python's, so that it is added here."""
        return {**super().get_fields(), "from": Instant(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A period begins before it ends."""
        if "from" in attrs and "to" in attrs and attrs["from"] >= attrs["to"]:
            self.fail("period")
        return attrs


class RequestBody(Strict):
    """One request (GDPR Articles 15 to 22)."""

    type = serializers.ChoiceField([(each.value, each.value) for each in RequestType])
    scope = ScopeBody(required=False)
    message = serializers.CharField(
        max_length=MESSAGE_MAX, required=False, allow_blank=True, help_text="For what a person answers."
    )


class StepRow(serializers.Serializer[Any]):
    """One place that the request reaches. Done only with a proof from that place."""

    place = serializers.CharField()
    state = serializers.ChoiceField([(each.value, each.value) for each in StepState])
    proof = serializers.DictField(allow_null=True)
    at = Instant(allow_null=True)


class RequestAnswer(serializers.Serializer[Any]):
    """Where it stands."""

    number = serializers.CharField()
    type = serializers.ChoiceField([(each.value, each.value) for each in RequestType])
    state = serializers.ChoiceField([(each.value, each.value) for each in RequestState])
    due = Instant(help_text="By law.")
    steps = StepRow(many=True)
    receipt = serializers.UUIDField(allow_null=True)
    certificate = serializers.UUIDField(allow_null=True)


class Requests(PersonResource):
    """Requests of the signed-in person."""

    @extend_schema(
        summary="Make a request", operation_id="request",
        tags=["requests"],
        parameters=[
            OpenApiParameter(
                "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The same key is the same request, once."
            )
        ],
        request=RequestBody,
        responses={201: RequestAnswer, **problems(422)},
    )  # fmt: skip
    def post(self, request: Request) -> Response:
        """A deletion starts at once and runs by itself; what else is asked, HR answers."""
        body = valid(RequestBody, request.data)
        lodged = lodge(
            person=signed_in(request),
            type=RequestType(body["type"]),
            scope=_scope(body.get("scope", {})),
            message=body.get("message", ""),
            idempotency_key=idempotency_key(request),
            at=timezone.now(),
        )
        return Response(_shown(lodged), status=201)


class OneRequest(PersonResource):
    """One request."""

    @extend_schema(
        summary="Where a request stands", tags=["requests"], operation_id="request_state",
        responses={200: RequestAnswer, **problems(404)},
    )  # fmt: skip
    def get(self, request: Request, number: str) -> Response:
        """With every place that it reaches, and the proof of each."""
        return Response(_shown(request_of(signed_in(request), number)))


def _scope(body: dict[str, Any]) -> Scope:
    slug, kinds = body.get("programme"), body.get("kinds")
    return Scope(
        programme_id=programme_named(slug).pk if slug else None,
        kinds=tuple(kinds) if kinds is not None else None,
        start=body.get("from"),
        end=body.get("to"),
    )


def _shown(row: RightsRequest) -> dict[str, Any]:
    return {
        "number": row.number,
        "type": row.type,
        "state": row.state,
        "due": instant(row.due_at),
        "steps": [
            {
                "place": step.place.partition(":")[0],
                "state": step.state,
                "proof": step.proof,
                "at": or_none(step.done_at),
            }
            for step in row.steps.all()
        ],
        "receipt": row.receipt_id,
        "certificate": row.certificate_id,
    }
