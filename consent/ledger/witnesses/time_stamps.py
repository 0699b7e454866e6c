"""The third witness: an authority that says when it saw a checkpoint (RFC 3161), where one is configured."""

from datetime import datetime

from consent.seals.timestamping import TimeStampRefused, stamp, time_authority

from ..models import Checkpoint, TimeStamp
from .reports import TIME_STAMPS, report, report_trouble, report_well

AT_ONCE = 10


def stamp_checkpoints(*, at: datetime) -> None:
    """Has the checkpoints without a time-stamp stamped, up to ten at a time, the newest first: it vouches for all before it.

    An authority that is down, slow or lying is reported, and stops nothing: what is missing is asked for the next time.
    """
    authority = time_authority()
    if authority is None:
        return
    newest = None
    for checkpoint in list(Checkpoint.objects.filter(time_stamp=None).order_by("-size")[:AT_ONCE]):
        try:
            made = stamp(checkpoint.note.encode(), authority=authority)
        except TimeStampRefused as error:
            report_trouble(TIME_STAMPS, error, at=at)
            return
        row = TimeStamp(checkpoint=checkpoint, token=made.token, at=made.at)
        TimeStamp.objects.bulk_create([row], ignore_conflicts=True)
        newest = newest or checkpoint.size
    if newest is None:
        report_well(TIME_STAMPS, at=at)
    else:
        largest = TimeStamp.objects.order_by("-checkpoint").values_list("checkpoint", flat=True)[0]
        report(TIME_STAMPS, size=largest, at=at)
