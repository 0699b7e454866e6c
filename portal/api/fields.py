"""Serializers that take exactly what is documented, and times that leave no doubt."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?([Zz]|[+-]\d{2}:\d{2})")


class Strict(serializers.Serializer[Any]):
    """Refuses a field that it does not know, instead of passing over it: nothing can be set that is not meant to be."""

    def to_internal_value(self, data: Any) -> Any:
        """The values. Raises ValidationError, also for unknown fields; their names are not repeated."""
        if isinstance(data, Mapping) and not set(data) <= set(self.fields):
            sentence = f"There is a field that is not known here. Known are: {', '.join(self.fields)}."
            raise serializers.ValidationError({"non_field_errors": [sentence]}, code="unknown_field")
        return super().to_internal_value(data)


@extend_schema_field(OpenApiTypes.DATETIME)
class Instant(serializers.Field[datetime, str, str, Any]):
    """A time as RFC 3339 with its offset; never one that means another moment elsewhere."""

    default_error_messages = {"no_time_zone": "An RFC 3339 time with its offset."}

    def to_internal_value(self, data: Any) -> datetime:
        """The moment, in UTC."""
        if not isinstance(data, str) or not _RFC3339.fullmatch(data):
            self.fail("no_time_zone")
        try:
            return datetime.fromisoformat(data.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("no_time_zone")

    def to_representation(self, value: datetime) -> str:
        """In UTC, ending in Z."""
        return instant(value)


def instant(at: datetime) -> str:
    """A time as RFC 3339 in UTC with microseconds, such as 2026-11-10T09:00:00.000000Z."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def or_none(at: datetime | None) -> str | None:
    """The same, or None for no time."""
    return None if at is None else instant(at)


def valid(serializer: type[Strict], data: Any) -> dict[str, Any]:
    """The checked values of a body. Raises ValidationError."""
    read = serializer(data=data)
    read.is_valid(raise_exception=True)
    return dict(read.validated_data)
