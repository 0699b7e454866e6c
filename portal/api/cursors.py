"""Pages of a long list, by the last row seen: no page repeats or skips a row, however many arrive meanwhile."""

import base64
import binascii
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from rest_framework.request import Request

from .problems import refused

PAGE = 100


def page(request: Request, rows: QuerySet[Any], *, by: str, shown: Callable[[Any], dict[str, Any]]) -> dict[str, Any]:
    """{"results", "next"}: the next rows, newest first by the time column `by`, and the address of the page after them or null."""
    if after := request.query_params.get("after"):
        time, key = _position(after)
        rows = rows.filter(Q(**{f"{by}__lt": time}) | Q(**{by: time, "pk__lt": key}))
    found = list(rows.order_by(f"-{by}", "-pk")[: PAGE + 1])
    following = None
    if len(found) > PAGE:
        last = found[PAGE - 1]
        following = request.build_absolute_uri(f"{request.path}?after={_cursor(getattr(last, by), last.pk)}")
    return {"results": [shown(row) for row in found[:PAGE]], "next": following}


def _cursor(time: datetime, key: UUID) -> str:
    return base64.urlsafe_b64encode(f"{time.isoformat()} {key}".encode()).decode().rstrip("=")


def _position(cursor: str) -> tuple[datetime, UUID]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        time, _space, key = (
            base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True).decode("ascii").partition(" ")
        )
        at = datetime.fromisoformat(time)
        found = at, UUID(key)
    except (ValueError, binascii.Error):
        raise refused(
            400, "bad_cursor", "“after” is not a place in this list. Follow “next” as it was given."
        ) from None
    if at.tzinfo is None:
        raise refused(400, "bad_cursor", "“after” is not a place in this list. Follow “next” as it was given.")
    return found
