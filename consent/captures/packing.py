"""Packs events into compact columns and back: one column per field, whole numbers as differences, zstd level 1.

Format 1, as MessagePack before compression: {"t": first time, "d": differences of the times, "c": {field: column}} with times in
microseconds since 1970 and a column either {"d": [first, differences …]} or {"v": [values, nil where the event has none]}.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate
from operator import sub
from typing import Any

import msgspec
import zstandard

FORMAT = 1
_UNPACKED_BYTES = 256 << 20
_local = threading.local()


def pack(times: Sequence[int], columns: Mapping[str, Sequence[Any]]) -> bytes:
    """The columns of at least one event, compressed. `times` are microseconds since 1970, rising; a missing value is None."""
    differences = list(map(sub, times[1:], times))
    packed = {name: _column(values) for name, values in columns.items()}
    plain = msgspec.msgpack.encode({"t": times[0], "d": differences, "c": packed})
    return _compressor().compress(plain)


def unpack(packed: bytes) -> tuple[list[int], dict[str, list[Any]]]:
    """What `pack` was given."""
    plain = zstandard.ZstdDecompressor().decompress(packed, max_output_size=_UNPACKED_BYTES)
    document = msgspec.msgpack.decode(plain)
    times = list(accumulate(document["d"], initial=document["t"]))
    return times, {name: _values(column) for name, column in document["c"].items()}


def _column(values: Sequence[Any]) -> dict[str, Iterable[Any]]:
    if set(map(type, values)) == {int}:
        return {"d": [values[0], *map(sub, values[1:], values)]}
    return {"v": values}


def _values(column: dict[str, list[Any]]) -> list[Any]:
    return list(accumulate(column["d"])) if "d" in column else column["v"]


def _compressor() -> zstandard.ZstdCompressor:
    """One per thread: a compressor shared between threads crashes the process."""
    if not hasattr(_local, "compressor"):
        _local.compressor = zstandard.ZstdCompressor(level=1, write_checksum=False)
    return _local.compressor
