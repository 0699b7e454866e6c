"""The addresses of the desks of HR, legal and the works council; portal.access says who may open each."""

from django.urls import path

from . import hr, ledger, legal, paper

urlpatterns = [
    path("hr/", hr.queue, name="hr"),
    path("hr/paper/", paper.paper, name="hr-paper"),
    path("hr/<slug:number>/", hr.case, name="hr-case"),
    path("hr/<slug:number>/take/", hr.take, name="hr-take"),
    path("hr/<slug:number>/close/", hr.close, name="hr-close"),
    path("legal/", legal.exports, name="legal"),
    path("legal/exports/<slug:number>/", legal.export, name="legal-export"),
    path("legal/exports/<slug:number>/approve/", legal.approve, name="legal-approve"),
    path("legal/exports/<slug:number>/refuse/", legal.refuse, name="legal-refuse"),
    path("legal/exports/<slug:number>/download/", legal.download, name="legal-download"),
    path("ledger/", ledger.ledger, name="ledger"),
]
