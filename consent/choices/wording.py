"""To which words of a notice a “no” is bound: those shown if they are known, else the last that asked for this kind."""

from django.utils.translation import gettext as _

from consent.programmes.models import NoticeKind, Programme
from consent.programmes.notices import NotOffered


def terms_shown(*, programme: Programme, kind: str, number: int | None = None) -> NoticeKind:
    """The kind as notice `number` of the programme describes it, or as the latest notice that has it does.

    Whoever asks need not belong to the audience any more. Raises NotOffered when the programme never asked for this kind: there
    is nothing that a no could be about.
    """
    described = (
        NoticeKind.objects.filter(notice__programme=programme, kind=kind)
        .select_related("notice__programme__controller")
        .order_by("-notice__number")
    )
    found = described.filter(notice__number=number).first() if number is not None else None
    found = found or described.first()
    if found is None:
        raise NotOffered(_("This programme does not ask for this kind of data."))
    return found
