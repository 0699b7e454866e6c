"""Reads the stored tree: roots, right edges and proofs from O(log n) rows."""

from collections.abc import Sequence

from django.db import connection

from .merkle import Frontier, Span, complete_subtrees, folded
from .models import Checkpoint

_NODES = """
SELECT node.level, node.index, node.hash FROM ledger_node AS node
JOIN unnest(%s::smallint[], %s::bigint[]) AS wanted (level, index) USING (level, index)
"""


def newest_checkpoint() -> Checkpoint | None:
    """The checkpoint of the largest size."""
    return Checkpoint.objects.order_by("-size").first()


def frontier_at(size: int) -> Frontier:
    """The right edge of the tree at this size. Raises KeyError when a node is missing."""
    wanted = complete_subtrees(Span(0, size))
    nodes = stored_nodes(wanted)
    return Frontier(size=size, peaks=[nodes[key] for key in wanted])


def hashes_of(spans: Sequence[Span]) -> list[bytes]:
    """The hash of each span, in one query. Raises KeyError when a node is missing."""
    parts = [complete_subtrees(span) for span in spans]
    nodes = stored_nodes([key for part in parts for key in part])
    return [folded([nodes[key] for key in part]) for part in parts]


def stored_nodes(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """The hashes of these subtrees (level, index) as they are stored, in one query; what is missing is left out."""
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NODES, [[level for level, _index in wanted], [index for _level, index in wanted]])
        return {(level, index): bytes(value) for level, index, value in cursor.fetchall()}
