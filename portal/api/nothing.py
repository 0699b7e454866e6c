"""What any other address under /api/ answers: 404, as a problem document like every other error."""

from drf_spectacular.utils import extend_schema
from rest_framework import exceptions
from rest_framework.request import Request

from .resource import PublicResource


@extend_schema(exclude=True)
class Nothing(PublicResource):
    """There is nothing here."""

    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Raises NotFound."""
        raise exceptions.NotFound
