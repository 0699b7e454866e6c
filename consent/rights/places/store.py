"""The event store: sealed segments and their summary columns, in chunks that each commit with their cursor.

1. Some segments are noted, so that the search afterwards knows what to look for.
2. The segments across the ends of the scope: opened, divided, what is outside sealed again.
3. The segments inside: deleted unopened, a chunk to a transaction.
Every chunk: the person's row lock, the deletion, and the cursor with the number of events, under the lease's token. A crash
anywhere leaves either all three or none.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from consent.captures import erasure
from consent.captures.erasure import Counts
from consent.people.locks import locked
from consent.rights import leases
from consent.rights.failpoints import reach

from .work import Done, Work

CODE = "store"
SEGMENTS_PER_CHUNK = 500


def run(work: Work) -> Done:
    """Deletes what is in scope and returns how many events that was, over all attempts."""
    cursor = dict(work.step.cursor)
    if "sampled" not in cursor:
        _sample(work, cursor)  # 1
    while not cursor.get("edges_done"):
        _edges(work, cursor)  # 2
    while not cursor.get("inside_done"):
        _inside(work, cursor)  # 3
    return Done("deleted", removed=removed(cursor), told={"events": removed(cursor), "segments": cursor["segments"]})


def removed(cursor: dict[str, Any]) -> int:
    """The number of events that went so far."""
    return sum(cursor.get("parts", {}).values())


def parts(cursor: dict[str, Any]) -> dict[tuple[UUID, str], int]:
    """The numbers of events by programme and kind that went so far."""
    split = (name.split("/", 1) + [number] for name, number in cursor.get("parts", {}).items())
    return {(UUID(programme), kind): number for programme, kind, number in split}


def sampled(cursor: dict[str, Any]) -> list[erasure.Sample]:
    """The segments that were noted before anything was deleted."""
    return [erasure.Sample(id=UUID(one), sha256=bytes.fromhex(digest)) for one, digest in cursor.get("sampled", [])]


def _sample(work: Work, cursor: dict[str, Any]) -> None:
    noted = erasure.samples(person_id=work.person_id, scope=work.scope)
    cursor["sampled"] = [[str(one.id), one.sha256.hex()] for one in noted]
    cursor["segments"] = 0
    with transaction.atomic():
        leases.progress(lease=work.lease, at=work.now(), cursor=cursor)
    reach("store.after_samples")


def _edges(work: Work, cursor: dict[str, Any]) -> None:
    after = _place(cursor.get("edge"))
    edges = erasure.edges_to_open(
        person_id=work.person_id, scope=work.scope, after=after, reader=work.reader, at=work.now()
    )
    reach("store.after_look")
    with transaction.atomic():
        locked(work.person_id)
        # One that another deletion divided since the look left pieces of its own: then this place is looked at again.
        moved = not erasure.are_there(edges)
        went = erasure.erase_edges(scope=work.scope, edges=edges)
        if not edges:
            cursor["edges_done"] = True
        elif not moved:
            cursor["edge"] = [edges[-1].start.isoformat(), str(edges[-1].id)]
        _note(work, cursor, went, segments=0)
    reach("store.after_edges")


def _inside(work: Work, cursor: dict[str, Any]) -> None:
    reached = datetime.fromisoformat(cursor["reached"]) if cursor.get("reached") else None
    with transaction.atomic():
        locked(work.person_id)
        chunk = erasure.erase_whole(
            person_id=work.person_id, scope=work.scope, reached=reached, limit=SEGMENTS_PER_CHUNK
        )
        cursor["reached"] = chunk.reached.isoformat() if chunk.reached else None
        cursor["inside_done"] = not chunk.more
        _note(work, cursor, chunk.counts, segments=chunk.segments)
    reach("store.after_chunk")


def _note(work: Work, cursor: dict[str, Any], went: Counts, *, segments: int) -> None:
    reach("store.before_commit")
    counted = cursor.setdefault("parts", {})
    for (programme, kind), number in went.parts.items():
        counted[f"{programme}/{kind}"] = counted.get(f"{programme}/{kind}", 0) + number
    cursor["segments"] += segments
    leases.progress(lease=work.lease, at=work.now(), cursor=cursor, removed=removed(cursor))
    reach("store.before_chunk_commit")


def _place(stored: list[str] | None) -> erasure.Place | None:
    return (datetime.fromisoformat(stored[0]), UUID(stored[1])) if stored else None
