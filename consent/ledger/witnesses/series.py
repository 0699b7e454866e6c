"""Many checkpoints in one text: each note, then two blank lines, which no note has inside."""

from collections.abc import Iterable, Iterator

END = "\n\n\n"


def joined(notes: Iterable[str]) -> str:
    """The notes as they are deposited."""
    return "".join(f"{note}\n\n" for note in notes)


def parted(pieces: Iterable[str]) -> Iterator[str]:
    """The notes in a text that comes in pieces.

    What a crash left half written is passed over: the beginning of the note that comes after it, or an end without its blank lines.
    """
    held, rest = "", ""
    for piece in pieces:
        *parts, rest = (rest + piece).split(END)
        for part in (each.lstrip("\n") for each in parts):
            if held.startswith(part):
                continue
            if held and not part.startswith(held):
                yield held + "\n"
            held = part
    if held:
        yield held + "\n"
