"""Named points at which a test can kill the process, to see that the work goes on where it stopped."""

import os
import signal
from collections import Counter

VARIABLE = "CANDOR_FAILPOINT"

_passed: Counter[str] = Counter()


def reach(name: str) -> None:
    """Nothing, unless CANDOR_FAILPOINT is `name` or `name:n`: then SIGKILL to this process at the first or the n-th passing."""
    wanted = os.environ.get(VARIABLE, "")
    if not wanted:
        return
    point, _, times = wanted.partition(":")
    if point != name:
        return
    _passed[name] += 1
    if _passed[name] >= int(times or 1):
        os.kill(os.getpid(), signal.SIGKILL)
