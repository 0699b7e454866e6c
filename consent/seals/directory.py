"""The keystore that is a directory: one file a key, readable by the portal's user alone, never half written."""

import fcntl
import os
import secrets
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from django.utils.translation import gettext as _

KEY_BYTES = 32
PAPER_BYTES_MAX = 64 * 1024


class KeystoreRefused(Exception):
    """The keystore cannot be trusted or read as it is; the sentence says what to change."""

    code = "keystore_refused"


class KeyMissing(KeystoreRefused):
    """The keystore holds no key of that name: never created, lost, or destroyed."""

    code = "key_missing"


class DirectoryKeystore:
    """Keys of 256 bits as files of a directory, mode 0700, files 0600. Safe for many threads and processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[str, tuple[tuple[int, int], bytes]] = {}
        self._lock = threading.Lock()

    def read(self, name: str) -> bytes:
        """The key of this name. Raises KeyMissing, or KeystoreRefused when others could have read or changed it.

        A file is read once; every use looks at it again, so that a key destroyed or replaced by another process is so here too.
        """
        self._check_directory()
        mark = self._mark(name)
        with self._lock:
            held = self._held.get(name)
        if held and held[0] == mark:
            return held[1]
        key = self._contents(name)
        if self._mark(name) != mark:  # replaced meanwhile: what was read may be the noise that overwrote the old one
            return self.read(name)
        if len(key) != KEY_BYTES:
            raise KeystoreRefused(
                _("The key %(name)s is damaged: restore it from the keystore's own backup.") % {"name": name}
            )
        with self._lock:
            self._held[name] = (mark, key)
        return key

    def made_at(self, name: str) -> datetime:
        """When the key of this name was made. Raises as `read` does."""
        self._check_directory()
        return datetime.fromtimestamp(self._mark(name)[1] / 1e9, UTC)

    def create(self, name: str) -> bytes:
        """A new random key under this name, or the one that is there already: the first writer wins, nobody sees half a key."""
        self._make_directory()
        if os.path.lexists(self._path / name):  # as nearly always: no draft, and no wait for the disk at each signature
            return self.read(name)
        self._place(name, secrets.token_bytes(KEY_BYTES))
        return self.read(name)

    def replace(self, name: str) -> bytes:
        """A new random key in the place of the one of this name, in one step; the old one is then overwritten. Raises as `read` does.

        At every moment, and after a crash at any, the name stands for a whole key: the old one or the new one. Call it `alone`.
        """
        self.read(name)
        for left in self._path.glob(f".{name}.*"):  # by one that crashed before its key was ever used
            left.unlink()
        draft = self._drafted(name, secrets.token_bytes(KEY_BYTES))
        with (self._path / name).open("r+b") as old:
            draft.replace(self._path / name)
            self._sync()
            _overwrite(old.fileno())
        return self.read(name)

    def destroy(self, name: str) -> None:
        """Overwrites and removes the key; absent is done. Copies that a file system or a backup keeps are not reached."""
        self._check_directory()
        self._forget(name)
        try:
            with (self._path / name).open("r+b") as file:
                _overwrite(file.fileno())
                (self._path / name).unlink()
        except FileNotFoundError:
            return
        self._sync()

    def file(self, name: str, paper: bytes) -> None:
        """Keeps a public paper (such as the public half of a key) under this name; of two under one name the first stays."""
        self._make_directory()
        self._place(name, paper)

    def papers(self, prefix: str) -> list[bytes]:
        """The public papers whose names begin so, in order of their names; each as it was filed, never half of one."""
        self._make_directory()
        names = sorted(name for name in os.listdir(self._path) if name.startswith(prefix))
        for name in names:
            self._mark(name)
        return [self._contents(name) for name in names]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """One at a time, of all processes on this keystore; reading, making and signing go on meanwhile."""
        self._make_directory()
        handle = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def check(self) -> None:
        """Raises KeystoreRefused unless the directory is private and writable."""
        self._make_directory()
        if not os.access(self._path, os.W_OK | os.X_OK):
            raise KeystoreRefused(_("The keystore %(path)s cannot be written.") % {"path": self._path})

    def _mark(self, name: str) -> tuple[int, int]:
        """Which file stands under this name now, and since when. Raises as `read` does."""
        try:
            seen = os.lstat(self._path / name)
        except FileNotFoundError:
            self._forget(name)
            raise KeyMissing(_("The keystore has no key named %(name)s.") % {"name": name}) from None
        _check_private(self._path / name, seen, stat.S_ISREG)
        return seen.st_ino, seen.st_mtime_ns

    def _contents(self, name: str) -> bytes:
        try:
            with (self._path / name).open("rb") as file:
                return file.read(PAPER_BYTES_MAX)
        except FileNotFoundError:
            raise KeyMissing(_("The keystore has no key named %(name)s.") % {"name": name}) from None

    def _place(self, name: str, contents: bytes) -> None:
        """A new file, whole from the first moment; of two writers the first wins."""
        draft = self._drafted(name, contents)
        try:
            os.link(draft, self._path / name)
        except FileExistsError:
            return
        finally:
            draft.unlink(missing_ok=True)
        self._sync()

    def _drafted(self, name: str, contents: bytes) -> Path:
        """A whole file beside the one of this name, on the disk, which nobody reads yet."""
        draft = self._path / f".{name}.{secrets.token_hex(8)}"
        _write(draft, contents)
        return draft

    def _forget(self, name: str) -> None:
        with self._lock:
            self._held.pop(name, None)

    def _make_directory(self) -> None:
        self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._check_directory()

    def _check_directory(self) -> None:
        try:
            seen = os.lstat(self._path)
        except FileNotFoundError:
            raise KeyMissing(_("The keystore %(path)s does not exist.") % {"path": self._path}) from None
        _check_private(self._path, seen, stat.S_ISDIR)

    def _sync(self) -> None:
        handle = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _check_private(path: Path, seen: os.stat_result, of_kind: Callable[[int], bool]) -> None:
    """Refuses what is not a plain file or directory of ours, or what group or others may touch."""
    if not of_kind(seen.st_mode):
        raise KeystoreRefused(
            _("%(path)s is not what a keystore holds: a link or another kind of file.") % {"path": path}
        )
    if seen.st_uid != os.geteuid():
        raise KeystoreRefused(_("%(path)s belongs to another user. Start the portal as its owner.") % {"path": path})
    if stat.S_IMODE(seen.st_mode) & 0o077:
        raise KeystoreRefused(_("%(path)s is open to other users. Type: chmod go-rwx %(path)s") % {"path": path})


def _write(path: Path, contents: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


def _overwrite(handle: int) -> None:
    os.pwrite(handle, secrets.token_bytes(KEY_BYTES), 0)
    os.fsync(handle)
