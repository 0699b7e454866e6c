"""A string and numbers that occur nowhere else, and the search for them: in bytes however packed, in Redis, in a database, on its disk."""

import base64
import contextlib
import gzip
import io
import re
import secrets
import threading
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
import zstandard
from psycopg import sql

ZSTD, GZIP = b"\x28\xb5\x2f\xfd", b"\x1f\x8b\x08"
STREAM = re.compile(rb"stream\r?\n")
UNPACKED_BYTES = 64 << 20
Place = tuple[str, bytes]


@dataclass(frozen=True)
class Canary:
    """`token` is in every text, `numbers` are the numbers; both are searched for in every form they are likely to take."""

    token: str
    numbers: tuple[int, ...] = ()

    @classmethod
    def new(cls, *numbers: int) -> "Canary":
        return cls(token=f"cnry{secrets.token_hex(8)}", numbers=numbers)

    def forms(self) -> dict[str, bytes]:
        """What to look for: as it is, in base64 at each of the three offsets, as hexadecimal, as UTF-16; numbers in digits."""
        raw = self.token.encode()
        found = {"text": raw, "hex": raw.hex().encode(), "UTF-16": self.token.encode("utf-16-le")}
        for offset in range(3):
            coded = base64.b64encode(b"\0" * offset + raw)
            found[f"base64 at {offset}"] = coded[(8 * offset + 5) // 6 : 8 * (offset + len(raw)) // 6]
        for number in self.numbers:
            found[f"number {number}"] = str(number).encode()
            found[f"number {number:,}"] = f"{number:,}".encode()
        return found

    def found_in(self, places: Iterable[Place]) -> list[str]:
        """Where it is, and in which form: empty is what a test hopes for."""
        return [
            f"{place}: {form}"
            for place, data in places
            for inner in unpacked(data)
            for form, needle in self.forms().items()
            if needle in inner or (form == "text" and needle in inner.lower())
        ]


def unpacked(data: bytes) -> Iterator[bytes]:
    """The bytes, and whatever can be unpacked from them: files in a ZIP, streams of a PDF, gzip and Zstandard anywhere."""
    yield data
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield from unpacked(archive.read(name))
        return
    if data.startswith(b"%PDF"):
        for found in STREAM.finditer(data):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[found.end() :], UNPACKED_BYTES)
    for place in _places(data, GZIP):
        with contextlib.suppress(zlib.error):
            yield zlib.decompressobj(wbits=31).decompress(data[place:], UNPACKED_BYTES)
    for place in _places(data, ZSTD):
        with contextlib.suppress(zstandard.ZstdError, MemoryError):
            yield zstandard.ZstdDecompressor().decompressobj().decompress(data[place : place + UNPACKED_BYTES])


def _places(data: bytes, magic: bytes) -> Iterator[int]:
    place = data.find(magic)
    while place >= 0:
        yield place
        place = data.find(magic, place + 1)


def files(*folders: Path) -> Iterator[Place]:
    """Every file below these folders, its name included."""
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path), path.name.encode() + b"\n" + path.read_bytes()


# --- Redis ---


def in_redis(url: str) -> Iterator[Place]:
    """Every key of every database there, with its value, and the commands that the server remembers as slow."""
    with redis.Redis.from_url(url) as client:
        names = client.info("keyspace")
        yield "slow commands", repr(client.slowlog_get(128)).encode()
    for name in names:
        with redis.Redis.from_url(url, db=int(name.removeprefix("db"))) as client:
            for key in client.scan_iter(count=1000):
                yield f"Redis {name} {key!r}", key + b"\n" + _value(client, key)


def _value(client: redis.Redis, key: bytes) -> bytes:
    readers = {
        b"string": lambda: [client.get(key)],
        b"list": lambda: client.lrange(key, 0, -1),
        b"hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
        b"set": lambda: list(client.smembers(key)),
        b"zset": lambda: client.zrange(key, 0, -1),
    }
    read = readers.get(client.type(key), lambda: [client.dump(key)])
    return b"\n".join(part for part in read() if part)


class Overheard:
    """Every command that a Redis server takes while this listens."""

    def __init__(self, url: str) -> None:
        self._client = redis.Redis.from_url(url)
        self._connection = self._client.connection_pool.get_connection()
        self._connection.send_command("MONITOR")
        assert self._connection.read_response() == b"OK"
        self._lines: list[bytes] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        with contextlib.suppress(redis.RedisError, OSError, ValueError, AttributeError):
            while True:
                with contextlib.suppress(redis.TimeoutError):
                    self._lines.append(self._connection.read_response(timeout=1, disconnect_on_error=False))

    def heard(self) -> bytes:
        """Everything so far."""
        return b"\n".join(line if isinstance(line, bytes) else str(line).encode() for line in list(self._lines))

    def stop(self) -> None:
        self._connection.disconnect()
        self._thread.join(3)
        self._client.close()


# --- PostgreSQL ---


def in_database(owner: psycopg.Connection) -> Iterator[Place]:
    """Every column of every row of every table, read by the owner, for whom the tables' walls are taken down and put back (a
    transaction that is rolled back): no policy can hide a row from this search. Bytes come as they are, sealed ones too."""
    owner.autocommit = True
    for (table,) in owner.execute(
        "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
    ).fetchall():
        yield table, b"\n".join(_rows(owner, table))
    objects = owner.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
    assert objects == (0,), "large objects are used, and are not searched"


def _rows(owner: psycopg.Connection, table: str) -> Iterator[bytes]:
    with owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL lock_timeout = '20s'")
        owner.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(sql.Identifier(table)))
        for row in owner.execute(sql.SQL("SELECT * FROM {}").format(sql.Identifier(table)), binary=True):
            for value in row:
                yield bytes(value) if isinstance(value, bytes | memoryview) else repr(value).encode()


def server_folder(connection: psycopg.Connection) -> Path | None:
    """The server's data directory, found through its own process; None when it runs elsewhere, or its files are not ours to read."""
    (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    (relation,) = connection.execute("SELECT pg_relation_filepath('captures_refusal')").fetchone()
    try:
        folder = Path(f"/proc/{pid}/cwd").resolve(strict=True)
        readable = (folder / "PG_VERSION").read_text() and (folder / relation).is_file()
    except OSError:
        return None
    return folder if readable else None


def on_disk(connection: psycopg.Connection, folder: Path, *, since: float) -> Iterator[Place]:
    """The files of this database, what all share, the write-ahead log since then, temporary files, and the server's own log."""
    (number,) = connection.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone()
    (pid,) = connection.execute("SELECT pg_backend_pid()").fetchone()
    found = [*(folder / "base" / str(number)).iterdir(), *(folder / "global").iterdir(), *_server_log(pid)]
    for name in ("pg_wal", "base/pgsql_tmp", "pg_replslot", "pg_stat", "pg_stat_tmp", "log"):
        found += [path for path in (folder / name).rglob("*") if path.is_file() and path.stat().st_mtime >= since]
    for path in found:
        with contextlib.suppress(FileNotFoundError):
            if path.is_file():
                yield str(path), path.read_bytes()


def _server_log(pid: int) -> list[Path]:
    status = Path(f"/proc/{pid}/status").read_text()
    parent = re.search(r"^PPid:\t(\d+)", status, re.MULTILINE)[1]
    return [path for number in (1, 2) if (path := Path(f"/proc/{parent}/fd/{number}").resolve()).is_file()]


def packed_forms(data: bytes) -> dict[str, bytes]:
    """The bytes as the search must be able to find them again: for the tests of the search."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        writing.writestr("inner.txt", data)
    return {
        "as it is": b"before " + data + b" after",
        "in capitals": data.upper(),
        "base64": base64.b64encode(data),
        "base64 at 1": base64.b64encode(b"{" + data),
        "base64 at 2": base64.b64encode(b'{"' + data + b'"}'),
        "hex": data.hex().encode(),
        "gzip": b"before" + gzip.compress(data * 9),
        "zstd": b"before" + zstandard.ZstdCompressor().compress(data * 9),
        "ZIP": archive.getvalue(),
        "PDF": b"%PDF-1.7\n<< >>\nstream\n" + zlib.compress(data * 9) + b"\nendstream\n",
    }
