"""The state directory: everything that must outlive a stop, private to the account that owns it, with one owner at a time."""

import fcntl
import os
import secrets
from pathlib import Path
from typing import Self

from portal.embedded.refusal import CannotStart

SECRET_KEY_LENGTH = 50


class State:
    """A claimed state directory; the claim ends with the process, however that ends.

    Believe this, in this order:
    1. The directory is made for its owner alone (0700), or belongs to the account that runs this.
    2. One process holds the lock in it. The lock is the kernel's, so a killed process leaves none behind.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.expanduser().absolute()
        self._lock: int | None = None

    def __enter__(self) -> Self:
        self._make()
        self._lock = claim(self.folder / "lock", meaning=f"Candor already runs from {self.folder}")
        self.run.mkdir(mode=0o700, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._lock is not None:
            os.close(self._lock)

    @property
    def run(self) -> Path:
        """Where sockets and process numbers live."""
        return self.folder / "run"

    def _make(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # 1
        except OSError as problem:
            raise CannotStart(
                f"The state directory {self.folder} cannot be made: {problem.strerror}. Set STATE_DIR to a folder of your own.",
                code="state_unusable",
            ) from problem
        if self.folder.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"The state directory {self.folder} belongs to {owner_of(self.folder)}, not to you. "
                "Set STATE_DIR to a folder of your own.",
                code="state_of_another",
            )

    def secret_key_file(self) -> Path:
        """The file that holds SECRET_KEY: made once, readable by its owner alone."""
        path = self.folder / "secret_key"
        if not path.exists():
            draft = path.with_suffix(".new")
            draft.unlink(missing_ok=True)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_urlsafe(SECRET_KEY_LENGTH))
            draft.rename(path)
        return path


def claim(path: Path, *, meaning: str) -> int:
    """Lock the file for as long as this process lives; raises CannotStart, naming the holder, if another one has it."""
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise CannotStart(f"{path} cannot be opened: {problem.strerror}.", code="state_unusable") from problem
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # 2
    except BlockingIOError as problem:
        holder = os.read(lock, 32).decode(errors="replace").strip()
        os.close(lock)
        raise CannotStart(
            f"{meaning} (process {holder or 'unknown'}). Stop it there, or set STATE_DIR to another folder.",
            code="state_in_use",
        ) from problem
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def owner_of(path: Path) -> str:
    """The name of the account that a file belongs to; its number where it has no name."""
    try:
        return path.owner()
    except KeyError:
        return f"account number {path.stat().st_uid}"
