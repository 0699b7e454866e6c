"""The stores under the portal: those that the environment names, else a PostgreSQL and a Valkey of our own."""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from portal.embedded import account, binaries, postgres, roles, valkey
from portal.embedded.addresses import redis_url
from portal.embedded.console import Console
from portal.embedded.postgres import Cluster
from portal.embedded.refusal import CannotStart
from portal.embedded.sockets import socket_folder
from portal.embedded.state import State, claim
from portal.embedded.supervisor import Supervisor


def bring_up(
    *, environment: Mapping[str, str], state: State, throw_away: bool, console: Console, supervisor: Supervisor
) -> dict[str, str]:
    """The variables that name the stores, once they answer; raises CannotStart."""
    check(environment)
    found: dict[str, str] = {}
    if not environment.get("DATABASE_URL"):
        console.say("Starting PostgreSQL")
        cluster = cluster_in(state, throw_away=throw_away)
        postgres.bring_up(cluster, supervisor=supervisor)
        found |= {"DATABASE_URL": cluster.url(roles.PORTAL), "DATABASE_OWNER_URL": cluster.url(roles.OWNER)}
    if not environment.get("REDIS_URL"):
        console.say("Starting Valkey")
        path = valkey.bring_up(
            server=binaries.redis_server(),
            folder=state.folder / "valkey",
            sockets=socket_folder(state.run),
            throw_away=throw_away,
            supervisor=supervisor,
        )
        found["REDIS_URL"] = redis_url(path)
    return found


def check(environment: Mapping[str, str]) -> None:
    """Both addresses of the database are given, or neither: half a pair would migrate one and serve another."""
    if bool(environment.get("DATABASE_URL")) != bool(environment.get("DATABASE_OWNER_URL")):
        raise CannotStart(
            "DATABASE_URL (the portal's role) and DATABASE_OWNER_URL (the owner's, for migrations) go together. Set both, or "
            "neither: Candor then starts a PostgreSQL of its own.",
            code="half_a_database",
        )


def cluster_in(state: State, *, throw_away: bool) -> Cluster:
    """The cluster of a state directory: inside it, or, for root, under /var/lib, with a link to it from inside.

    The link says that cluster and keys belong together: where the state directory was deleted, the keys are gone, and what
    is left of its cluster cannot be read any more. It is put aside, and a new one is made.
    """
    if not account.needed():
        home = state.folder / "postgresql"
        home.mkdir(mode=0o700, exist_ok=True)
        return Cluster(
            programs=binaries.postgresql(), home=home, sockets=socket_folder(state.run), throw_away=throw_away
        )
    runner = account.system_account()
    account.SHELF.mkdir(mode=0o755, parents=True, exist_ok=True)
    home = account.SHELF / hashlib.sha256(os.fsencode(state.folder)).hexdigest()[:16]
    link = state.folder / "postgresql"
    if not link.exists():
        if home.exists():
            put_aside(home)
        home.mkdir(mode=0o700)
        os.chown(home, runner.user, runner.group)
        link.unlink(missing_ok=True)
        link.symlink_to(home)
    home = link.resolve()
    # Held for as long as this process lives: a copy of the state directory links to the same cluster.
    claim(home / "lock", meaning=f"Candor already runs on the database in {home}")
    sockets = home / "run"
    sockets.mkdir(mode=0o700, exist_ok=True)
    os.chown(sockets, runner.user, runner.group)
    programs = binaries.copy_of_postgresql(account.SHELF)
    return Cluster(programs=programs, home=home, sockets=sockets, account=runner, throw_away=throw_away)


def put_aside(home: Path) -> None:
    """Rename a cluster whose state directory is gone, in place of one that was put aside before it."""
    aside = home.with_name(f"{home.name}.left")
    shutil.rmtree(aside, ignore_errors=True)
    home.rename(aside)
