"""A person reads and makes choices (GET and POST /decisions)."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from consent.choices.decisions import NoticeChanged, decide
from consent.choices.models import Channel, Decision, State
from consent.choices.overview import KindChoice, ProgrammeChoices, overview
from consent.programmes.differences import difference
from consent.programmes.notices import NoSuchNotice, notice

from .described import ProblemDocument, problems
from .fields import Instant, Strict, instant, or_none, valid
from .naming import programme_named
from .problems import Refused, refused
from .resource import PersonResource, idempotency_key, signed_in

VERSION_MAX = 2**31 - 1
ANSWERS = (State.GIVEN, State.REFUSED, State.WITHDRAWN)
_KEY = OpenApiParameter(
    "Idempotency-Key", OpenApiTypes.STR, OpenApiParameter.HEADER, description="The same key is the same decision, once."
)


@extend_schema_field({"type": "integer", "minimum": 1})
class AnyVersion(serializers.JSONField):
    """A version as the caller names it. Only a yes is held to it: a no succeeds whatever it names."""


class DecisionBody(Strict):
    """One choice. `notice_version` is the version that was shown; a yes must name the one in force."""

    default_error_messages = {"version": "A yes names the version of the notice that was shown."}
    programme = serializers.CharField(max_length=50)
    kind = serializers.CharField(max_length=32)
    state = serializers.ChoiceField([(each.value, each.value) for each in ANSWERS])
    notice_version = AnyVersion(required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A yes needs a version; of a no it is not asked."""
        version = attrs.get("notice_version")
        real = isinstance(version, int) and not isinstance(version, bool) and 1 <= version <= VERSION_MAX
        if attrs["state"] == State.GIVEN and not real:
            raise serializers.ValidationError({"notice_version": "missing"}, code="required")
        return {**attrs, "notice_version": version if real else None}


class DecisionRow(serializers.Serializer[Any]):
    """What stands for one kind of one programme."""

    programme = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.ChoiceField([(each.value, each.value) for each in State])
    since = Instant(allow_null=True)
    notice_version = serializers.IntegerField(help_text="The notice in force.")
    receipt = serializers.UUIDField(allow_null=True)


class DecisionsAnswer(serializers.Serializer[Any]):
    """One row per programme and kind on offer."""

    results = DecisionRow(many=True)
    next = serializers.URLField(allow_null=True)


class NoticeChange(serializers.Serializer[Any]):
    """One thing that the notice in force says differently."""

    what = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()
    wider = serializers.BooleanField(help_text="Whether it allows more than before.")


class NoticeChangedProblem(ProblemDocument):
    """A problem; with the code `notice_changed`, it carries what to show the person before asking again."""

    current_version = serializers.IntegerField(required=False)
    difference = NoticeChange(
        many=True, required=False, allow_null=True, help_text="Null when the version named never was."
    )


class Decisions(PersonResource):
    """Choices of the signed-in person."""

    @extend_schema(
        summary="What stands", operation_id="decisions", tags=["decisions"], responses={200: DecisionsAnswer}
    )
    def get(self, request: Request) -> Response:
        """Undecided means no. A yes to terms that have changed since counts as undecided."""
        rows = [_row(each, kind) for each in overview(signed_in(request)) for kind in each.kinds]
        return Response({"results": rows, "next": None})

    @extend_schema(
        summary="Choose",
        operation_id="decide",
        tags=["decisions"],
        parameters=[_KEY],
        request=DecisionBody,
        responses={201: DecisionRow, **problems(422), **problems(409, document=NoticeChangedProblem)},
    )
    def post(self, request: Request) -> Response:
        """Takes effect at once. A no always succeeds: `withdrawn` if a yes stood, else `refused`. A yes answers 409 when the notice
        in force is another one; the problem then carries `current_version` and `difference`."""
        body = valid(DecisionBody, request.data)
        try:
            decision = decide(
                person=signed_in(request),
                programme=programme_named(body["programme"]),
                kind=body["kind"],
                state=State(body["state"]),
                notice_version=body["notice_version"],
                channel=Channel.API,
                recorded_by=signed_in(request).pk,
                idempotency_key=idempotency_key(request),
            )
        except NoticeChanged as changed:
            raise _changed(changed, body) from None
        return Response(_decided(decision), status=201)


def _row(programme: ProgrammeChoices, kind: KindChoice) -> dict[str, Any]:
    return {
        "programme": programme.programme.slug,
        "kind": kind.kind.kind,
        "state": kind.state,
        "since": or_none(kind.since),
        "notice_version": programme.notice.number,
        "receipt": kind.decision.receipt_id if kind.decision else None,
    }


def _decided(decision: Decision) -> dict[str, Any]:
    return {
        "programme": decision.programme.slug,
        "kind": decision.kind,
        "state": decision.state,
        "since": instant(decision.at),
        "notice_version": decision.notice.number,
        "receipt": decision.receipt_id,
    }


def _changed(changed: NoticeChanged, body: dict[str, Any]) -> Refused:
    """409 with the version in force, and what it says differently from the one that the caller was shown."""
    current = changed.current
    try:
        shown = notice(body["programme"], body["notice_version"])
    except NoSuchNotice:
        return refused(409, changed.code, str(changed), current_version=current.number, difference=None)
    changes = [
        {"what": str(each.what), "before": str(each.before), "after": str(each.after), "wider": each.wider}
        for each in difference(shown, current)
    ]
    return refused(409, changed.code, str(changed), current_version=current.number, difference=changes)
