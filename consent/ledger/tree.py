"""Reads the stored tree: roots, right edges and proofs from O(log n) rows."""

from collections.abc import Sequence

from .merkle import Frontier, Span, complete_subtrees, folded
from .models import Checkpoint, Node


def newest_checkpoint() -> Checkpoint | None:
    """The checkpoint of the largest size."""
    return Checkpoint.objects.order_by("-size").first()


def frontier_at(size: int) -> Frontier:
    """The right edge of the tree at this size. Raises KeyError when a node is missing."""
    wanted = complete_subtrees(Span(0, size))
    nodes = _nodes(wanted)
    return Frontier(size=size, peaks=[nodes[key] for key in wanted])


def hashes_of(spans: Sequence[Span]) -> list[bytes]:
    """The hash of each span, in one query. Raises KeyError when a node is missing."""
    parts = [complete_subtrees(span) for span in spans]
    nodes = _nodes([key for part in parts for key in part])
    return [folded([nodes[key] for key in part]) for part in parts]


def _nodes(wanted: Sequence[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    if not wanted:
        return {}
    rows = Node.objects.filter(pk__in=wanted).values_list("level", "index", "hash")
    return {(level, index): bytes(value) for level, index, value in rows}
