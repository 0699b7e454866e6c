"""Every address of the portal; portal.access says who may open each."""

from django.urls import include, path
from django.views.generic import RedirectView

from portal import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="web:choices"), name="home"),
    path("", include("portal.web.urls", namespace="web")),
    path("api/", include("portal.api.urls", namespace="api")),
    path("accounts/", include("portal.account_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
]

handler500 = "portal.outage.failed"
