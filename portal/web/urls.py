"""The addresses of the pages; portal.access says who may open each."""

from django.urls import path

from . import check, choices, desks, notices, printing, promises, receipts, rights, timeline

app_name = "web"

urlpatterns = [
    path("choices/", choices.choices, name="choices"),
    path("choices/decide/", choices.decide, name="decide"),
    path("choices/off/", choices.turn_off, name="choices-off"),
    path("notices/<slug:slug>/<int:number>/", notices.notice, name="notice"),
    path("captured/", timeline.captured, name="captured"),
    path("captured/picture/<str:moment>/<int:number>/", timeline.picture, name="captured-picture"),
    path("captured/delete/", rights.delete_check, name="delete-check"),
    path("captured/who-looked/", timeline.who_looked, name="who-looked"),
    path("requests/", rights.requests, name="requests"),
    path("requests/<slug:number>/", rights.one_request, name="request"),
    path("receipts/", receipts.receipts, name="receipts"),
    path("receipts/all/", printing.ask, name="receipts-print"),
    path("receipts/all/<uuid:run_id>/", printing.run, name="receipts-run"),
    path("receipts/all/<uuid:run_id>.zip", printing.download, name="receipts-zip"),
    path("receipts/<uuid:receipt_id>/", receipts.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>.pdf", receipts.receipt_pdf, name="receipt-pdf"),
    path("receipts/<uuid:receipt_id>.json", receipts.receipt_json, name="receipt-json"),
    path("receipts/<uuid:receipt_id>/kantara.json", receipts.receipt_kantara, name="receipt-kantara"),
    path("receipts/<uuid:receipt_id>.proof", receipts.receipt_proof, name="receipt-proof"),
    path("check/", check.check, name="check"),
    path("promises/", promises.promises, name="promises"),
    *desks.urlpatterns,
]
