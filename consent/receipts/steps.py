"""The steps of a check: each has a name, and a sentence for people."""

from dataclasses import dataclass


@dataclass(frozen=True)
class CheckStep:
    """One step. `passed` is None when it could not be made, because nothing was given to check."""

    name: str
    passed: bool | None
    sentence: str


class StepFailed(Exception):
    """A step of a check failed, and with it the check; the sentence says why, and quotes nothing of what was checked."""

    def __init__(self, step: str, sentence: str) -> None:
        super().__init__(sentence)
        self.step = step
