"""The demonstration's programmes, with notices that were published weeks ago."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from consent.people.models import Employer, Person
from consent.programmes.drafts import read_draft
from consent.programmes.models import Programme
from consent.programmes.publication import NoticeDraft, publish

NOTICES = Path(__file__).parent / "notices"

# How many days before the seeding each notice was published.
PUBLISHED = {
    "interface-learning-1": 100,
    "desktop-activity-1": 96,
    "assistant-quality-1": 80,
    "interface-learning-2": 60,
}
AGREED_BEFORE = timedelta(days=10)
AT_LEAST_AHEAD = timedelta(days=14)


def open_programmes(*, employer: Employer, owner: Person, at: datetime) -> dict[str, Programme]:
    """The three programmes by slug, each with its notices in order."""
    programmes: dict[str, Programme] = {}
    for name, days in PUBLISHED.items():
        file = read_draft(NOTICES / f"{name}.json")
        published = at - timedelta(days=days)
        if file.programme not in programmes:
            programmes[file.programme] = Programme.objects.create(
                slug=file.programme, name=file.name, controller=employer, owner=owner, created_at=published
            )
        publish(
            programme=programmes[file.programme], draft=dated(file.notice, published=published, at=at), at=published
        )
    return programmes


def dated(draft: NoticeDraft, *, published: datetime, at: datetime) -> NoticeDraft:
    """The draft, agreed before it was published, and ending in a year in which a demonstration started at `at` still runs."""
    ends_on = draft.ends_on
    while ends_on < (at + AT_LEAST_AHEAD).date():
        ends_on = date(ends_on.year + 1, ends_on.month, ends_on.day)
    text = draft.text.replace(str(draft.ends_on.year), str(ends_on.year))
    return replace(draft, ends_on=ends_on, text=text, agreed_on=(published - AGREED_BEFORE).date())
