"""How two versions of a notice differ, in words, and whether the newer one asks for more."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .models import HumanReview, NoticeKind, NoticeVersion

_REVIEW = [HumanReview.NONE, HumanReview.SAMPLE, HumanReview.ALL]
_GROUPS = ("departments", "locations", "worker_types")


@dataclass(frozen=True)
class Difference:
    """One thing that the newer notice says differently. `before` or `after` is empty for what is new or gone.

    `wider`: it lets the employer do more than before, or may do so (a purpose in other words cannot be weighed by a program).
    """

    what: str
    before: str
    after: str
    wider: bool


def difference(older: NoticeVersion, newer: NoticeVersion) -> list[Difference]:
    """What is different from the older to the newer version: what the data is for, who uses it, then kind by kind, then words."""
    found = [*_of_use(older, newer), *_of_kinds(older, newer), *_of_words(older, newer)]
    return [each for each in found if each.before != each.after]


def _of_use(older: NoticeVersion, newer: NoticeVersion) -> Iterator[Difference]:
    yield Difference(_("Purpose"), older.purpose, newer.purpose, wider=True)
    yield Difference(_("What it feeds"), older.system_fed, newer.system_fed, wider=True)
    more = any(_is_more(each, older.recipients) for each in newer.recipients)
    yield Difference(_("Who can use the data"), _recipients(older), _recipients(newer), wider=more)
    looks = _REVIEW.index(HumanReview(newer.human_review)) > _REVIEW.index(HumanReview(older.human_review))
    others = newer.human_review != HumanReview.NONE and older.human_review_by != newer.human_review_by
    yield Difference(_("Who looks at it"), _review(older), _review(newer), wider=looks or others)
    longer = newer.storage_days > older.storage_days
    yield Difference(_("Kept for"), _days(older.storage_days), _days(newer.storage_days), wider=longer)
    farther = not set(newer.storage_countries) <= set(older.storage_countries)
    yield Difference(_("Where it is stored"), _place(older), _place(newer), wider=farther)
    yield Difference(_("Outside Europe"), older.transfers, newer.transfers, wider=bool(newer.transfers))
    decided = older.automated_decisions, newer.automated_decisions
    yield Difference(_("Decided by software alone"), *decided, wider=True)
    ends = date_format(older.ends_on, "DATE_FORMAT"), date_format(newer.ends_on, "DATE_FORMAT")
    yield Difference(_("Programme ends"), *ends, wider=newer.ends_on > older.ends_on)
    invites_more = not _is_within(newer.audience, older.audience)
    yield Difference(_("Who is asked"), older.audience_words, newer.audience_words, wider=invites_more)


def _of_kinds(older: NoticeVersion, newer: NoticeVersion) -> Iterator[Difference]:
    before = {kind.kind: kind for kind in older.kinds.all()}
    after = {kind.kind: kind for kind in newer.kinds.all()}
    for slug, kind in after.items():
        if slug in before:
            yield from _of_kind(before[slug], kind)
        else:
            yield Difference(_("New: %(kind)s") % {"kind": kind.label}, "", kind.description, wider=True)
    for slug, kind in before.items():
        if slug not in after:
            yield Difference(_("No longer asked: %(kind)s") % {"kind": kind.label}, kind.description, "", wider=False)


def _of_kind(older: NoticeKind, newer: NoticeKind) -> Iterator[Difference]:
    label = {"kind": newer.label}
    fields = ", ".join(older.fields), ", ".join(newer.fields)
    yield Difference(_("%(kind)s: what it is") % label, older.description, newer.description, wider=False)
    more = not set(newer.fields) <= set(older.fields)
    yield Difference(_("%(kind)s: what is stored") % label, *fields, wider=more)
    programs = _programs(older.apps_allowed), _programs(newer.apps_allowed)
    yield Difference(
        _("%(kind)s: programs") % label, *programs, wider=not _is_subset(newer.apps_allowed, older.apps_allowed)
    )
    faster = older.max_per_minute is not None and (
        newer.max_per_minute is None or newer.max_per_minute > older.max_per_minute
    )
    yield Difference(
        _("%(kind)s: how often") % label, _rate(older.max_per_minute), _rate(newer.max_per_minute), wider=faster
    )


def _of_words(older: NoticeVersion, newer: NoticeVersion) -> Iterator[Difference]:
    said = [
        (_("If you say no"), older.alternative, newer.alternative),
        (_("What it means for you"), older.no_detriment, newer.no_detriment),
        (_("What cannot be taken back"), older.irreversible, newer.irreversible),
        (_("What it may mean for jobs"), older.effect_on_jobs, newer.effect_on_jobs),
        (_("Who is responsible"), _controller(older), _controller(newer)),
        (_("How to reach who is outside"), _addresses(older), _addresses(newer)),
    ]
    for what, before, after in said:
        yield Difference(what, before, after, wider=False)


def _is_more(recipient: dict[str, Any], before: list[dict[str, Any]]) -> bool:
    """Whether a recipient is new, has more people, has moved, or is outside where it was not."""
    same = (each for each in before if each["name"] == recipient["name"] and each["country"] == recipient["country"])
    return not any(recipient["people"] <= each["people"] and recipient["outside"] <= each["outside"] for each in same)


def _recipients(notice: NoticeVersion) -> str:
    return "; ".join(_recipient(each) for each in notice.recipients)


def _recipient(recipient: dict[str, Any]) -> str:
    people = ngettext("%(count)d person", "%(count)d people", recipient["people"]) % {"count": recipient["people"]}
    place = _("outside the company") if recipient["outside"] else _("in the company")
    return f"{recipient['name']} ({people}, {place}, {recipient['country']})"


def _review(notice: NoticeVersion) -> str:
    words = str(HumanReview(notice.human_review).label)
    return f"{words}: {notice.human_review_by}" if notice.human_review_by else words


def _days(days: int) -> str:
    return ngettext("%(days)d day", "%(days)d days", days) % {"days": days}


def _addresses(notice: NoticeVersion) -> str:
    outside = (each for each in notice.recipients if each.get("address"))
    return "; ".join(f"{each['name']}, {each['address']}, {each['contact']}" for each in outside)


def _place(notice: NoticeVersion) -> str:
    """In words with the countries; empty where the notice does not say."""
    return f"{notice.storage_place} ({', '.join(notice.storage_countries)})" if notice.storage_countries else ""


def _programs(names: list[str] | None) -> str:
    return _("any program") if names is None else ", ".join(names)


def _rate(per_minute: int | None) -> str:
    return _("as often as it happens") if per_minute is None else _("at most %(n)d a minute") % {"n": per_minute}


def _controller(notice: NoticeVersion) -> str:
    return f"{notice.controller_name}, {notice.controller_address}, {notice.controller_contact}"


def _is_subset(names: Collection[str] | None, of: Collection[str] | None) -> bool:
    """Of sets in which None is everything."""
    return of is None or (names is not None and set(names) <= set(of))


def _is_within(audience: dict[str, list[str]], of: dict[str, list[str]]) -> bool:
    return all(_is_subset(audience.get(group), of.get(group)) for group in _GROUPS)
