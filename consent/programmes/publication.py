"""Publishing a notice: from its commit, intake keeps to it and to nothing else (P2)."""

import hashlib
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any

import rfc8785
from django.db import transaction
from django.utils.translation import gettext as _

from consent.ledger import entries

from .countries import COUNTRIES, EEA
from .kinds import CATALOGUE
from .locks import lock_exclusive
from .models import HumanReview, LawfulBasis, NoticeKind, NoticeVersion, Programme, ProgrammeState
from .notices import in_force


class NotPublishable(Exception):
    """The draft lacks something that people must be told, or says something that Candor cannot keep to. `field` names it."""

    code = "not_publishable"

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class RecipientDraft:
    """Who can use the data: a name, how many people, whether it leaves the employer, and to which country (ISO 3166-1).

    Who is outside the employer has an address and a contact of its own (ISO/IEC TS 27560, 6.3.6).
    """

    name: str
    people: int
    outside: bool
    country: str
    address: str = ""
    contact: str = ""

    def to_json(self) -> dict[str, Any]:
        """As it stands in the notice: without address and contact where there are none."""
        return {name: value for name, value in asdict(self).items() if value != ""}


@dataclass(frozen=True)
class KindDraft:
    """One kind of data that the notice asks for; `fields` are the only ones that the gate will store."""

    kind: str
    label: str
    description: str
    fields: tuple[str, ...]
    sensitivity: int
    apps_allowed: tuple[str, ...] | None = None
    max_per_minute: int | None = None


@dataclass(frozen=True)
class NoticeDraft:
    """All that a notice says before it has a number (GDPR Art. 13)."""

    purpose: str
    system_fed: str
    recipients: tuple[RecipientDraft, ...]
    human_review: HumanReview
    human_review_by: str
    audience: dict[str, list[str]]
    audience_words: str
    storage_days: int
    storage_place: str
    storage_countries: tuple[str, ...]
    no_detriment: str
    alternative: str
    irreversible: str
    effect_on_jobs: str
    dpia_reference: str
    ends_on: date
    text: str
    kinds: tuple[KindDraft, ...]
    automated_decisions: str
    transfers: str = ""
    agreed_on: date | None = None
    language: str = "en"
    lawful_basis: LawfulBasis = LawfulBasis.CONSENT


# What must not be empty, as people would name it.
REQUIRED = (
    "purpose",
    "system_fed",
    "audience_words",
    "storage_place",
    "no_detriment",
    "alternative",
    "irreversible",
    "effect_on_jobs",
    "automated_decisions",
    "dpia_reference",
    "text",
)
# Of a recipient, what a consent is bound to: another address asks nobody again.
_RECIPIENT = ("name", "people", "outside", "country")
PART_MAX, TEXT_MAX = 4_000, 100_000  # characters; each part is repeated in receipts, which verifiers read up to a limit
AUDIENCE_GROUPS = frozenset({"departments", "locations", "worker_types"})


def publish(*, programme: Programme, draft: NoticeDraft, at: datetime) -> NoticeVersion:
    """The next version of the programme's notice, in force for everyone from the commit, and immutable.

    1. Check that the draft says all it must (GDPR Art. 13, 7(2)).
    2. Close intake and consent for the length of the transaction: the programme's exclusive lock.
    3. Write the notice with the SHA-256 of its canonical JSON (RFC 8785), and each kind with a digest of its terms: consents to
       other terms no longer count, since the gate compares digests.
    4. Write the ledger entry, in the same transaction.

    Raises NotPublishable.
    """
    check_publishable(draft=draft, at=at)  # 1
    with transaction.atomic():
        lock_exclusive(programme.pk)  # 2
        current = Programme.objects.select_related("controller").get(pk=programme.pk)
        if current.state == ProgrammeState.ENDED:
            raise NotPublishable(_("The programme has ended."), field="programme")
        latest = in_force(current)
        notice = _notice(programme=current, draft=draft, number=latest.number + 1 if latest else 1, at=at)  # 3
        notice.save(force_insert=True)
        NoticeKind.objects.bulk_create(_kinds(notice=notice, draft=draft))
        entries.append(_told(notice), kind="notice.published", subject=None, at=at)  # 4
    return notice


def check_publishable(*, draft: NoticeDraft, at: datetime) -> None:
    """Raises NotPublishable for the first thing that people would not be told, or that the gate could not keep to."""
    for field in REQUIRED:
        _require(bool(getattr(draft, field).strip()), _("The notice leaves this empty."), field)
    for part in fields(draft):
        said = getattr(draft, part.name)
        most = TEXT_MAX if part.name == "text" else PART_MAX
        _require(not isinstance(said, str) or len(said) <= most, _("The notice says too much here."), part.name)
    _require(bool(draft.recipients), _("The notice must say who can use the data."), "recipients")
    for recipient in draft.recipients:
        named = bool(recipient.name.strip()) and recipient.people > 0 and recipient.country in COUNTRIES
        _require(named, _("Each recipient needs a name, a number of people and a country."), "recipients")
        reachable = bool(recipient.address.strip() and recipient.contact.strip())
        _require(
            reachable == recipient.outside,
            _(
                "A recipient outside the company needs an address and a contact; one inside is reached through the company."
            ),
            "recipients",
        )
    looked_at = draft.human_review != HumanReview.NONE
    _require(
        bool(draft.human_review_by.strip()) == looked_at,
        _("If people look at the data, the notice must say who; if not, it names nobody."),
        "human_review_by",
    )
    _require(draft.storage_days > 0, _("The notice must say for how many days the data is kept."), "storage_days")
    placed = bool(draft.storage_countries) and set(draft.storage_countries) <= COUNTRIES
    _require(placed, _("The notice must say in which countries the data is stored."), "storage_countries")
    places = {*draft.storage_countries, *(each.country for each in draft.recipients)}
    _require(
        bool(draft.transfers.strip()) or places <= EEA,
        _("Data leaves the European Economic Area: the notice must say what protects it there."),
        "transfers",
    )
    _require(draft.ends_on >= at.date(), _("The programme would have ended already."), "ends_on")
    _require(
        set(draft.audience) <= AUDIENCE_GROUPS, _("The notice invites a group that Candor does not know."), "audience"
    )
    _require(bool(draft.kinds), _("The notice must name at least one kind of data."), "kinds")
    slugs = [each.kind for each in draft.kinds]
    _require(len(slugs) == len(set(slugs)), _("The notice names a kind of data twice."), "kinds")
    for each in draft.kinds:
        _check_kind(each)


def _check_kind(draft: KindDraft) -> None:
    known = CATALOGUE.get(draft.kind)
    if known is None:
        raise NotPublishable(_("The notice names a kind of data that Candor does not know."), field="kinds")
    described = bool(draft.label.strip()) and bool(draft.description.strip())
    _require(described, _("Each kind of data needs a name and a description."), "kinds")
    _require(1 <= draft.sensitivity <= 4, _("Sensitivity is a number from 1 to 4."), "kinds")
    _require(
        "t" in draft.fields and set(draft.fields) <= set(known.fields),
        _("A kind of data lists its time and no field that it does not have."),
        "kinds",
    )
    lasting = not known.interval or "duration" in draft.fields
    _require(lasting, _("A kind of data that lasts must list its duration."), "kinds")
    _require(draft.max_per_minute is None or draft.max_per_minute > 0, _("A rate is a number above 0."), "kinds")


def _require(holds: bool, sentence: str, field: str) -> None:
    if not holds:
        raise NotPublishable(sentence, field=field)


def _notice(*, programme: Programme, draft: NoticeDraft, number: int, at: datetime) -> NoticeVersion:
    said = asdict(draft)
    kinds = said.pop("kinds")
    said["recipients"] = [each.to_json() for each in draft.recipients]
    said["storage_countries"] = list(said["storage_countries"])
    controller = programme.controller
    notice = NoticeVersion(
        programme=programme,
        number=number,
        published_at=at,
        controller_name=controller.name,
        controller_address=controller.address,
        controller_contact=controller.contact,
        **said,
    )
    words = {"programme": programme.slug, "number": number, "controller": controller.name, "kinds": kinds}
    words |= {"address": controller.address, "contact": controller.contact}
    notice.text_sha256 = digest_of(said | words)
    return notice


def _kinds(*, notice: NoticeVersion, draft: NoticeDraft) -> list[NoticeKind]:
    rows = []
    for position, each in enumerate(draft.kinds):
        said = asdict(each)
        said["fields"] = list(each.fields)
        said["apps_allowed"] = list(each.apps_allowed) if each.apps_allowed is not None else None
        row = NoticeKind(notice=notice, position=position, **said)
        row.terms_digest = digest_of(terms(notice=notice, kind=row))
        rows.append(row)
    return rows


def terms(*, notice: NoticeVersion, kind: NoticeKind) -> dict[str, Any]:
    """What a consent to this kind is bound to. Any change here asks everybody again; other words of a notice may be mended.

    What a notice does not say, because it is older than the question, is left out: its digests stay what they were.
    """
    later = {
        "storage_countries": sorted(notice.storage_countries),
        "transfers": notice.transfers,
        "automated_decisions": notice.automated_decisions,
    }
    return {
        "controller": notice.controller_name,
        "purpose": notice.purpose,
        "system_fed": notice.system_fed,
        "recipients": [{name: each[name] for name in _RECIPIENT} for each in notice.recipients],
        "human_review": [notice.human_review, notice.human_review_by],
        "audience": notice.audience,
        "storage_days": notice.storage_days,
        **{name: said for name, said in later.items() if said},
        "lawful_basis": notice.lawful_basis,
        "irreversible": notice.irreversible,
        "ends_on": notice.ends_on.isoformat(),
        "kind": kind.kind,
        "fields": sorted(kind.fields),
        "apps_allowed": sorted(kind.apps_allowed) if kind.apps_allowed is not None else None,
        "max_per_minute": kind.max_per_minute,
    }


def digest_of(value: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON (RFC 8785) of a notice, or of the terms of one of its kinds."""
    return hashlib.sha256(rfc8785.dumps(_plain(value))).hexdigest()


def _plain(value: Any) -> Any:
    """For RFC 8785: dates as text, tuples as lists, choices as their values."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, str) else value


def _told(notice: NoticeVersion) -> dict[str, Any]:
    return {
        "type": "notice.published",
        "programme": notice.programme.slug,
        "number": notice.number,
        "language": notice.language,
        "text_sha256": notice.text_sha256,
        "at": notice.published_at.isoformat(),
    }
