"""Why something cannot start, as a sentence for the person at the keyboard."""


class CannotStart(Exception):
    """Something is in the way; `code` names what, and the sentence says what to do about it."""

    def __init__(self, sentence: str, *, code: str) -> None:
        super().__init__(sentence)
        self.code = code
