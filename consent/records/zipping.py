"""Where a ZIP is written that nobody stores: what was written is taken away at once."""

FULL = 16_384


class Pipe:
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
