"""The OpenAPI 3.1 description of the API, made from the code that answers (GET /api/schema/)."""

from functools import lru_cache
from typing import Any

from django.http import JsonResponse
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from .resource import PublicResource

MEDIA_TYPE = "application/vnd.oai.openapi+json"


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The description; the same for everyone, made once per process."""
    with translation.override("en"), patched_settings({"ENUM_GENERATE_CHOICE_DESCRIPTION": False}):
        return SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]


@extend_schema(exclude=True)
class Description(PublicResource):
    """The description as JSON."""

    cache = "public, max-age=300"

    def get(self, request: Request) -> JsonResponse:
        """OpenAPI 3.1."""
        return JsonResponse(schema(), content_type=MEDIA_TYPE)
