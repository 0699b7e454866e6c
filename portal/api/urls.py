"""The addresses of the API; portal.access says who may open each."""

from django.urls import path, re_path, register_converter

from . import captures, decisions, description, ledger, permissions, receipts, requests, verification
from .documentation import documentation
from .nothing import Nothing


class NumberConverter:
    """A number that people read aloud, such as DEL-3M8D-71WX."""

    regex = "[A-Z]{1,5}-[0-9A-Z]{4}-[0-9A-Z]{4}"

    def to_python(self, value: str) -> str:
        """As it is."""
        return value

    def to_url(self, value: str) -> str:
        """As it is."""
        return value


register_converter(NumberConverter, "number")

app_name = "api"
urlpatterns = [
    path("v1/permissions", permissions.CurrentPermissions.as_view(), name="permissions"),
    path("v1/permissions/confirmations", permissions.Confirmations.as_view(), name="confirmations"),
    path("v1/captures", captures.Captures.as_view(), name="captures"),
    path("v1/decisions", decisions.Decisions.as_view(), name="decisions"),
    path("v1/receipts/", receipts.Receipts.as_view(), name="receipts"),
    path("v1/receipts/<uuid:receipt_id>.json", receipts.Document.as_view(), name="receipt-json"),
    path("v1/receipts/<uuid:receipt_id>.kantara.json", receipts.Kantara.as_view(), name="receipt-kantara"),
    path("v1/receipts/<uuid:receipt_id>.proof", receipts.Proof.as_view(), name="receipt-proof"),
    path("v1/receipts/<uuid:receipt_id>.pdf", receipts.Pdf.as_view(), name="receipt-pdf"),
    path("v1/requests", requests.Requests.as_view(), name="requests"),
    path("v1/requests/<number:number>", requests.OneRequest.as_view(), name="request"),
    path("v1/verify", verification.Verification.as_view(), name="verify"),
    path("v1/ledger/checkpoint", ledger.LatestCheckpoint.as_view(), name="checkpoint"),
    path("v1/ledger/checkpoint/<int:size>", ledger.CheckpointOfSize.as_view(), name="checkpoint-of-size"),
    path("v1/ledger/checkpoint/<int:size>/time-stamp", ledger.TimeStampOfSize.as_view(), name="time-stamp-of-size"),
    path("v1/ledger/consistency", ledger.Consistency.as_view(), name="consistency"),
    path("v1/keys", ledger.Keys.as_view(), name="keys"),
    path("schema/", description.Description.as_view(), name="schema"),
    path("docs/", documentation, name="docs"),
    re_path("", Nothing.as_view(), name="nothing"),
]
