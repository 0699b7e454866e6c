"""Where Unix sockets go: their paths may have about a hundred bytes, and many a folder is deeper than that."""

import hashlib
import os
import stat
import tempfile
from pathlib import Path

from portal.embedded.refusal import CannotStart

# sockaddr_un.sun_path with its closing zero: 108 bytes on Linux, 104 on macOS and the BSDs. The smaller one serves both.
LONGEST_PATH = 103
LONGEST_NAME = len(b"/.s.PGSQL.5432")


def socket_folder(preferred: Path) -> Path:
    """The preferred folder, or, where a socket's path there would be too long, a private one in the temporary directory.

    The same preferred folder leads to the same fallback each time. Raises CannotStart when somebody else was there first.
    """
    if len(os.fsencode(preferred)) + LONGEST_NAME <= LONGEST_PATH:
        return preferred
    digest = hashlib.sha256(os.fsencode(preferred)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"candor-{os.geteuid()}-{digest}"
    folder.mkdir(mode=0o700, exist_ok=True)
    check_private(folder)
    return folder


def check_private(folder: Path) -> None:
    """Refuse a folder in a shared place that is a link, belongs to somebody else, or lets others in."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise CannotStart(
            f"{folder} is not a private folder of yours. Delete it, or set STATE_DIR to a shorter path.",
            code="socket_folder_unsafe",
        )
