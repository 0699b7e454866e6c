"""The first witness: a file outside the database that is only ever appended to, by the sequencer right after its commit."""

import fcntl
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from ..merkle import ProofInvalid
from ..models import Checkpoint
from ..notes import NOTE_BYTES_MAX, parsed_checkpoint
from .reports import FILE, WitnessTrouble, report, report_trouble, report_well
from .series import END, joined, parted

AT_ONCE = 1000
PIECE = 64 * 1024
LOCK_TRIES, LOCK_PAUSE = 20, 0.05  # seconds


def deposit_in_file(*, at: datetime) -> bool:
    """Appends every checkpoint that the file does not hold yet, and returns whether it holds all now. Its own end is its state:
    after a crash, at any moment, the next call appends what is missing.

    What fails is reported, and stops nothing: a full disk, another user's file, a file that says something else than the log.
    """
    try:
        with _opened(settings.WITNESS_FILE) as handle:
            size = _append(handle)
    except (OSError, WitnessTrouble) as error:
        trouble = error.strerror or type(error).__name__ if isinstance(error, OSError) else str(error)
        sentence = _("The file cannot be written: %(trouble)s") % {"trouble": trouble}
        report_trouble(FILE, sentence, at=at)
        return False
    if size is None:
        report_well(FILE, at=at)
    else:
        report(FILE, size=size, at=at)
    return True


def notes_in_file() -> Iterator[str]:
    """Every checkpoint in the file, oldest first, as it stands there. Raises OSError when there is no such file, or it cannot be read."""
    with settings.WITNESS_FILE.open(encoding="utf-8", errors="replace", newline="") as file:
        yield from parted(iter(lambda: file.read(PIECE), ""))


def _append(handle: int) -> int | None:
    """The size of the newest checkpoint that was appended; None when nothing was missing."""
    whole, last = _end(handle)
    held = _held_size(last)
    appended = None
    while notes := list(
        Checkpoint.objects.filter(size__gt=held).order_by("size").values_list("size", "note")[:AT_ONCE]
    ):
        text = joined(note for _size, note in notes)
        _write(handle, (text if whole else END + text).encode())
        whole, held = True, notes[-1][0]
        appended = held
    return appended


def _end(handle: int) -> tuple[bool, str]:
    """Whether the file ends with a whole note (or is empty), and the last whole note in it."""
    length = os.fstat(handle).st_size
    tail = os.pread(handle, 2 * NOTE_BYTES_MAX, max(0, length - 2 * NOTE_BYTES_MAX)).decode(errors="replace")
    *_earlier, last = ["", *parted([tail])]
    return not tail or tail.endswith(END), last


def _held_size(last: str) -> int:
    """The size of the last note in the file, which must be the log's own. Raises WitnessTrouble."""
    if not last:
        return 0
    try:
        size = parsed_checkpoint(last).size
    except ProofInvalid as error:
        raise WitnessTrouble(_("its last checkpoint cannot be read.")) from error
    if Checkpoint.objects.filter(size=size).values_list("note", flat=True).first() != last:
        raise WitnessTrouble(
            _("its checkpoint of %(size)s entries is not one of this log. Run verify_ledger.") % {"size": size}
        )
    return size


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    """The file, for appending alone and by one process at a time; made if there is none. Raises WitnessTrouble, OSError."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        seen = os.fstat(handle)
        if not stat.S_ISREG(seen.st_mode) or stat.S_IMODE(seen.st_mode) & 0o022:
            raise WitnessTrouble(_("others may write to it. Type: chmod go-w %(path)s") % {"path": path})
        _lock(handle)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int) -> None:
    """Waits a second for another program that holds the file, and no longer: the sequencer must go on. Raises WitnessTrouble."""
    for _turn in range(LOCK_TRIES):
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            time.sleep(LOCK_PAUSE)
    raise WitnessTrouble(_("another program holds it."))


def _write(handle: int, data: bytes) -> None:
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)
