"""Collectors ask what may be captured now, and confirm what they applied (GET /permissions, POST /permissions/confirmations)."""

from typing import Any

from django.http import HttpResponse, HttpResponseNotModified, JsonResponse
from django.utils import timezone
from django.utils.http import parse_etags
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from consent.captures.permissions import KindPermission, Permissions, permissions
from consent.collectors.confirmations import confirm

from .described import problems
from .fields import Instant, Strict, instant, or_none, valid
from .resource import CollectorResource, collector_of

LEASE_HEADER = "X-Candor-Lease-Expires-At"
PURGED_MAX = 1_000


class KindRow(serializers.Serializer[Any]):
    """One kind that may be captured now: these fields only, at most so often, of these programs only."""

    kind = serializers.CharField()
    apps_allowed = serializers.ListField(child=serializers.CharField(), allow_null=True, help_text="Null: any program.")
    max_per_minute = serializers.IntegerField(allow_null=True)

    def get_fields(self) -> dict[str, Any]:
        """`fields` is an attribute of every serializer, so that it is added here."""
        return {**super().get_fields(), "fields": serializers.ListField(child=serializers.CharField())}


class ProgrammeRow(serializers.Serializer[Any]):
    """One programme of which something may be captured now."""

    programme = serializers.CharField()
    notice_version = serializers.IntegerField()
    kinds = KindRow(many=True)


class PurgeRow(serializers.Serializer[Any]):
    """A span to delete from the buffer, unsent. Empty or null means all: every programme, every kind, from the beginning."""

    id = serializers.UUIDField()
    programme = serializers.CharField(allow_blank=True)
    kinds = serializers.ListField(child=serializers.CharField(), allow_null=True)
    end = Instant()

    def get_fields(self) -> dict[str, Any]:
        """`from` and `to` are the names outside."""
        fields = super().get_fields()
        to = fields.pop("end")
        return {**fields, "from": Instant(allow_null=True), "to": to}


class PermissionsAnswer(serializers.Serializer[Any]):
    """What may be captured now. What is not listed may not be. The collector stops by itself at `lease_expires_at`."""

    version = serializers.CharField()
    lease_expires_at = Instant()
    programmes = ProgrammeRow(many=True)
    purge = PurgeRow(many=True)


class CurrentPermissions(CollectorResource):
    """What may be captured now."""

    cache = "private, no-cache"

    @extend_schema(
        summary="What may be captured now",
        operation_id="permissions",
        tags=["collectors"],
        parameters=[OpenApiParameter("If-None-Match", OpenApiTypes.STR, OpenApiParameter.HEADER)],
        responses={200: PermissionsAnswer, 304: OpenApiResponse(description="As before; the lease is renewed.")},
    )
    def get(self, request: Request) -> HttpResponse:
        """Ask often: each answer renews the lease, also 304, where the X-Candor-Lease-Expires-At header carries it. The gate decides
        anew for every batch, whatever this says."""
        found = permissions(collector=collector_of(request), at=timezone.now())
        headers = {"ETag": f'"{found.etag}"', LEASE_HEADER: instant(found.lease_expires_at)}
        if _is_known(request, found):
            return HttpResponseNotModified(headers=headers)
        return JsonResponse(_shown(found), headers=headers)


class ConfirmationBody(Strict):
    """What the device did with the permissions of this version."""

    version = serializers.CharField(max_length=64)
    applied_at = Instant()
    last_captured_at = Instant(required=False, allow_null=True)
    purged = serializers.ListField(
        child=serializers.UUIDField(), required=False, max_length=PURGED_MAX, help_text="Ids of purges carried out."
    )


class Confirmations(CollectorResource):
    """What the device did."""

    @extend_schema(
        summary="Confirm what was applied",
        operation_id="confirm",
        tags=["collectors"],
        request=ConfirmationBody,
        responses={204: OpenApiResponse(description="Noted."), **problems(422)},
    )
    def post(self, request: Request) -> Response:
        """This is what “your laptop confirmed 40 s ago” shows. Repeating it changes nothing."""
        body = valid(ConfirmationBody, request.data)
        confirm(
            collector=collector_of(request),
            version=body["version"],
            applied_at=body["applied_at"],
            last_captured_at=body.get("last_captured_at"),
            purged=body.get("purged", []),
            at=timezone.now(),
        )
        return Response(status=204)


def _is_known(request: Request, found: Permissions) -> bool:
    """Whether the caller has this already (RFC 9110, 13.1.2: weak comparison)."""
    shown = [each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))]
    return f'"{found.etag}"' in shown


def _shown(found: Permissions) -> dict[str, Any]:
    return {
        "version": found.version,
        "lease_expires_at": instant(found.lease_expires_at),
        "programmes": [
            {
                "programme": each.programme,
                "notice_version": each.notice_version,
                "kinds": [_kind(kind) for kind in each.kinds],
            }
            for each in found.programmes
        ],
        "purge": [
            {
                "id": str(each.pk),
                "programme": each.programme,
                "kinds": each.kinds,
                "from": or_none(each.start),
                "to": instant(each.end),
            }
            for each in found.purge
        ],
    }


def _kind(kind: KindPermission) -> dict[str, Any]:
    apps = None if kind.apps_allowed is None else sorted(kind.apps_allowed)
    return {
        "kind": kind.kind,
        "fields": list(kind.fields),
        "apps_allowed": apps,
        "max_per_minute": kind.max_per_minute,
    }
