"""The daily counts of what was refused, and the answers given to batches: they too say when somebody worked."""

from django.db import transaction

from consent.captures.erasure import erase_statistics
from consent.programmes.models import Programme
from consent.programmes.scopes import Scope
from consent.rights import leases
from consent.rights.failpoints import reach

from .work import Done, Work

CODE = "statistics"


def concerned(scope: Scope) -> bool:
    """Whether a deletion reaches them: one of everything that a programme, or all of them, captured until now."""
    return scope.kinds is None and scope.start is None


def run(work: Work) -> Done:
    """Deletes them; twice is once, and the number is that of the rows that went in the attempt that committed."""
    scope = work.scope
    programme = Programme.objects.get(pk=scope.programme_id) if scope.programme_id else None
    with transaction.atomic():
        went = erase_statistics(
            person_id=work.person_id, programme=programme, until=scope.end or work.request.received_at
        )
        went += work.step.cursor.get("rows", 0)
        leases.progress(lease=work.lease, at=work.now(), cursor={"rows": went})
        reach("statistics.before_commit")
    return Done("deleted", told={"rows": went})
