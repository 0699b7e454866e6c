"""A scope: which programme, kinds and time a deletion, a hold or a copy is about. What is left out means all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Scope:
    """Programme, kinds and the time from `start` (included) to `end` (excluded). None is everything, the beginning, or no end."""

    programme_id: UUID | None = None
    kinds: tuple[str, ...] | None = None
    start: datetime | None = None
    end: datetime | None = None

    def to_json(self) -> dict[str, Any]:
        """For a JSON column: ids as text, times as RFC 3339."""
        return {
            "programme_id": str(self.programme_id) if self.programme_id else None,
            "kinds": list(self.kinds) if self.kinds is not None else None,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Scope":
        """The scope that `to_json` wrote."""
        kinds, start, end = value.get("kinds"), value.get("start"), value.get("end")
        return cls(
            programme_id=UUID(value["programme_id"]) if value.get("programme_id") else None,
            kinds=tuple(kinds) if kinds is not None else None,
            start=datetime.fromisoformat(start) if start else None,
            end=datetime.fromisoformat(end) if end else None,
        )

    def covers_kind(self, kind: str) -> bool:
        """Whether this kind is in scope."""
        return self.kinds is None or kind in self.kinds

    def meets(self, other: "Scope") -> bool:
        """Whether some event could be in both scopes."""
        if self.programme_id and other.programme_id and self.programme_id != other.programme_id:
            return False
        if self.kinds is not None and other.kinds is not None and not set(self.kinds) & set(other.kinds):
            return False
        begins_late = self.end is not None and other.start is not None and other.start >= self.end
        ends_early = self.start is not None and other.end is not None and other.end <= self.start
        return not (begins_late or ends_early)
