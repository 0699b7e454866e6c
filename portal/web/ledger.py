"""The ledger's health, for legal, the privacy officer and the works council: what it holds, who witnesses it, how to check it. No person."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from consent.ledger.health import PROOFS_WITHIN, LedgerHealth, health
from consent.ledger.models import Audit
from consent.ledger.verdicts import newest_audit
from consent.ledger.witnesses.health import WitnessHealth, witnesses
from consent.ledger.witnesses.reports import BUCKET, FILE, MAIL, TIME_STAMPS
from consent.seals.directory import KeystoreRefused
from consent.seals.rotation import KEYS
from consent.seals.vouching import VouchedKey

WITNESSES: dict[str, tuple[Promise | str, Promise | str]] = {
    FILE: (gettext_lazy("File"), gettext_lazy("A file outside the database that only grows.")),
    BUCKET: (gettext_lazy("Bucket"), gettext_lazy("A store at another place, where nothing is written twice.")),
    TIME_STAMPS: (gettext_lazy("Time-stamps"), gettext_lazy("An authority outside says when it saw the log.")),
    MAIL: (gettext_lazy("Mail"), gettext_lazy("The works council gets the state of the log every day.")),
}
PURPOSES: dict[str, Promise | str] = {
    "ledger": gettext_lazy("States of the log"),
    "receipts": gettext_lazy("Receipts"),
    "seal": gettext_lazy("Printed receipts"),
}


@dataclass(frozen=True)
class State:
    """A state in words, with the tag's class and icon."""

    words: str
    tag: str
    icon: str


@require_safe
def ledger(request: HttpRequest) -> HttpResponse:
    """The whole page, as things are now."""
    at = timezone.now()
    now, seen, audit = health(at=at), witnesses(at=at), newest_audit()
    context = {
        "now": now,
        "within": int(PROOFS_WITHIN.total_seconds() // 60),
        "waiting_since": at - now.oldest_unsequenced if now.oldest_unsequenced is not None else None,
        "state": _state(now, seen, audit),
        "witnesses": [_row(each) for each in seen],
        "audit": audit,
        "compared": [WITNESSES[name][0] for name in audit.compared if name in WITNESSES] if audit else [],
        "keys": _keys(),
        "at": at,
    }
    return render(request, "ledger/ledger.html", context)


def _state(now: LedgerHealth, seen: list[WitnessHealth], audit: Audit | None) -> State:
    """The worst thing there is to say."""
    if audit and audit.problems:
        return State(_("Something differs"), "tag-bad", "circle-x")
    if now.late:
        return State(_("Proofs are late"), "tag-bad", "circle-x")
    if any(each.trouble or each.late for each in seen):
        return State(_("A witness needs a look"), "tag-warn", "triangle-alert")
    return State(_("All is in order"), "tag-good", "circle-check")


def _row(seen: WitnessHealth) -> dict[str, Any]:
    title, about = WITNESSES[seen.name]
    return {"seen": seen, "title": title, "about": about, "state": _witness_state(seen)}


def _witness_state(seen: WitnessHealth) -> State:
    if not seen.configured:
        return State(_("Not set up"), "", "ban")
    if seen.trouble:
        return State(_("Trouble"), "tag-bad", "circle-x")
    if seen.late:
        return State(_("Late"), "tag-warn", "triangle-alert")
    if seen.behind:
        return State(_("On its way"), "tag-info", "clock")
    return State(_("In time"), "tag-good", "check")


def _keys() -> list[tuple[Promise | str, VouchedKey]] | None:
    """Every signing key, by what it signs; None when the keystore cannot be read now."""
    try:
        return [(PURPOSES[purpose], key) for purpose, keys in KEYS.items() for key in keys()]
    except (KeystoreRefused, OSError):
        return None
