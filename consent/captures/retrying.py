"""Does a transaction again when PostgreSQL ended it in favour of another: a deadlock or a serialization failure."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from django.db import OperationalError, connection

ATTEMPTS = 4
_ENDED_FOR_ANOTHER = {"40P01", "40001"}

P = ParamSpec("P")
R = TypeVar("R")


def retrying(transaction_: Callable[P, R]) -> Callable[P, R]:
    """For a function that is one whole transaction. Inside another transaction it passes the error on to whoever began that one."""

    @wraps(transaction_)
    def again(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS - 1):
            try:
                return transaction_(*args, **kwargs)
            except OperationalError as error:
                sqlstate = getattr(error.__cause__, "sqlstate", None)
                if connection.in_atomic_block or sqlstate not in _ENDED_FOR_ANOTHER:
                    raise
        return transaction_(*args, **kwargs)

    return again
