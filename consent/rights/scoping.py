"""What a request may be about, checked; and in words."""

from dataclasses import replace
from datetime import datetime

from django.utils.translation import gettext as _

from consent.programmes.kinds import CATALOGUE
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.receipts.statements import ScopeWords


class NotAScope(Exception):
    """Nothing can lie in the scope as given, or it names what does not exist."""

    code = "scope_invalid"


def check_scope(*, scope: Scope, at: datetime) -> Scope:
    """The scope, with an end in the future taken as no end: a deletion never reaches what is captured after it. Raises NotAScope."""
    if scope.kinds is not None and not scope.kinds:
        raise NotAScope(_("Choose at least one kind of data."))
    if any(kind not in CATALOGUE for kind in scope.kinds or ()):
        raise NotAScope(_("One of these kinds of data does not exist."))
    if scope.programme_id is not None and not Programme.objects.filter(pk=scope.programme_id).exists():
        raise NotAScope(_("There is no such programme."))
    if scope.start is not None and scope.start >= min(scope.end or at, at):
        raise NotAScope(_("The time must begin before it ends, and before now."))
    return replace(scope, end=None) if scope.end is not None and scope.end > at else scope


def in_words(scope: Scope) -> ScopeWords:
    """The scope as statements say it: names in place of ids."""
    name = Programme.objects.values_list("name", flat=True).get(pk=scope.programme_id) if scope.programme_id else None
    return ScopeWords(programme=name, kinds=_labels(scope.kinds), start=scope.start, end=scope.end)


def label_of(kind: str) -> str:
    """What a kind of data is called."""
    return str(CATALOGUE[kind].label) if kind in CATALOGUE else kind


def _labels(kinds: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if kinds is None else tuple(label_of(kind) for kind in kinds)
