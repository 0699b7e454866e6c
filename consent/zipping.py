"""ZIPs that nobody stores: written file by file, and taken away in pieces while they are."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from hashlib import sha256

FULL = 16_384


class Bundle:
    """A ZIP on its way out. `digests` are the SHA-256 of the files that are in it, by name, in hexadecimal."""

    def __init__(self, *, at: datetime) -> None:
        self.digests: dict[str, str] = {}
        self._at = at.timetuple()[:6]
        self._pipe = _Pipe()
        self._archive = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED)

    def member(self, name: str, content: Iterable[bytes]) -> Iterator[bytes]:
        """Writes one file, and yields what of the ZIP is ready meanwhile."""
        digest = sha256()
        info = zipfile.ZipInfo(name, date_time=self._at)
        info.compress_type = zipfile.ZIP_DEFLATED
        with self._archive.open(info, "w", force_zip64=True) as member:
            for piece in content:
                digest.update(piece)
                member.write(piece)
                if self._pipe.is_full:
                    yield self._pipe.take()
        self.digests[name] = digest.hexdigest()
        yield self._pipe.take()

    def end(self) -> bytes:
        """What is left; without it the ZIP was cut off, and readers say so."""
        self._archive.close()
        return self._pipe.take()


class _Pipe:
    """A file that can only be written to. `take` gives what came in since the last time."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes) -> int:
        """Adds to what waits."""
        self._waiting += data
        return len(data)

    def close(self) -> None:
        """Nothing is open."""

    def flush(self) -> None:
        """Nothing is held back."""

    @property
    def is_full(self) -> bool:
        """Whether it is worth taking."""
        return len(self._waiting) >= FULL

    def take(self) -> bytes:
        """Everything that waits; empties it."""
        taken = bytes(self._waiting)
        self._waiting.clear()
        return taken
