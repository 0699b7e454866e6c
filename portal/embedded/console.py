"""What the terminal shows: each line of a program behind the program's name, each step as a sentence."""

from typing import TextIO

WIDTH = 11
LONGEST_LINE = 64 * 1024


class Console:
    """Writes whole lines; holds back a line that a program has not ended yet."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._begun: dict[str, bytes] = {}

    def say(self, sentence: str) -> None:
        """A line of the supervisor's own."""
        self._out.write(f"{sentence}\n")
        self._out.flush()

    def pass_on(self, name: str, output: bytes) -> None:
        """A piece of a program's output, as it came."""
        *lines, rest = (self._begun.pop(name, b"") + output).split(b"\n")
        if len(rest) > LONGEST_LINE:
            lines, rest = [*lines, rest], b""
        if rest:
            self._begun[name] = rest
        for line in lines:
            self.say(f"{name:<{WIDTH}}| {line.decode(errors='replace').rstrip()}")

    def end(self, name: str) -> None:
        """The program has ended: show what it left without a line's end."""
        if rest := self._begun.pop(name, b""):
            self.pass_on(name, rest + b"\n")
