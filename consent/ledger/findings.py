"""What an audit of the log can find: each problem with its sentence, and whether it names the one entry that differs."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# At `position` exactly: that entry is not as it was.
EXACT: dict[str, Promise | str] = {
    "leaf_missing": _("Entry %(position)s is missing from the log."),
    "leaf": _("Entry %(position)s, or the hash stored for it, is not as it was when it was added."),
    "record_missing": _("The record of entry %(position)s is gone, and no erasure lists it."),
    "record_altered": _("The record of entry %(position)s is not the one that was committed to."),
    "document": _("Entry %(position)s is not the one that was %(source)s when that was issued."),
    "not_erased": _("The record of entry %(position)s is there, though an erasure lists it."),
}
# From `position` on, somewhere; or of no position.
WITHIN: dict[str, Promise | str] = {
    "node": _("A hash stored over entry %(position)s and those after it was altered."),
    "root": _("The log is not the one that was signed: entry %(position)s or a later one differs."),
    "checkpoint": _("The checkpoint that begins to cover entry %(position)s is not genuine: %(detail)s"),
    "retired_key": _(
        "The checkpoint that begins to cover entry %(position)s was signed with a key that was retired before."
    ),
    "cut": _("A checkpoint was signed over entry %(position)s, which is gone: the log was cut."),
    "unsigned": _("No checkpoint was signed over entry %(position)s."),
    "rewritten": _(
        "The log was rewritten and signed anew: %(source)s holds a checkpoint of %(size)s entries, signed with our key, that is not"
        " of this log. Entry %(position)s or a later one differs."
    ),
    "forked": _(
        "Two logs were signed: %(source)s holds a checkpoint of %(size)s entries that is not of this log, though another one of as many or"
        " more is. Entry %(position)s or a later one differs."
    ),
    "rolled_back": _(
        "The log was rolled back: %(source)s holds a checkpoint of %(size)s entries, and the log ends before entry %(position)s."
    ),
    "outside_unread": _("A deposit proves nothing (%(source)s): %(detail)s"),
    "time_stamp": _("The time-stamp of the checkpoint of %(size)s entries is not genuine: %(detail)s"),
    "node_count": _("The log holds hashes that belong to none of its entries, or lacks some."),
    "lost": _("The entry %(detail)s has no position and waits for none."),
}


@dataclass(frozen=True)
class Problem:
    """One thing that is not as it was signed. `position`: the entry that differs (exact), or the first that may."""

    code: str
    position: int | None = None
    detail: str = ""
    source: str = ""
    size: int | None = None

    @property
    def exact(self) -> bool:
        """Whether `position` is the entry that differs."""
        return self.code in EXACT

    @property
    def sentence(self) -> str:
        """The problem in words."""
        return str((EXACT | WITHIN)[self.code]) % vars(self)


@dataclass(frozen=True)
class Findings:
    """What the audit saw. `problems` begins with the first entry that differs; no problem: the log is as it was signed.

    `compared`: whose deposits were compared; `unreached`: which could not be, and why. That is no problem of the log, but no proof either.
    """

    size: int
    records: int
    erased: int
    waiting: int
    problems: tuple[Problem, ...]
    compared: tuple[str, ...] = ()
    unreached: tuple[tuple[str, str], ...] = ()


def in_position_order(problems: list[Problem]) -> tuple[Problem, ...]:
    """Those that name an entry first, by position; then those that tell where to look."""
    return tuple(sorted(problems, key=lambda each: (not each.exact, each.position is None, each.position or 0)))
