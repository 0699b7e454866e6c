"""The PostgreSQL of `make run` and `make test`: made once, started as a direct child, reached through a Unix socket alone.

Believe this, in this order:
1. The cluster appears under its name when it is whole: an `initdb` that was interrupted is done again.
2. Only the account that owns the cluster can reach it: there is no TCP, and the socket's folder is private (0700).
3. The superuser is used to make the two roles and the database, and nowhere else.
4. The server's log holds no captured content: neither statements nor the rows that a constraint refused.
5. After `kill -9` the first start fails for about a second, while old backends hold the lock: it is tried again for 30 s.
"""

import os
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo

from portal.embedded import roles
from portal.embedded.addresses import database_url
from portal.embedded.program import Account, Program, Stage
from portal.embedded.refusal import CannotStart
from portal.embedded.supervisor import Supervisor

NAME = "postgresql"
SUPERUSER = "candor_superuser"
MAJOR = "18"
PATIENCE = 30.0
# Of postmaster.pid, counted from 0: where the server says "starting", "ready" or "stopping".
STATUS_LINE = 7
CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}
SETTINGS = {
    "listen_addresses": "",  # 2
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "max_connections": "100",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_logical_replication_workers": "0",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_error_verbosity": "terse",  # 4
    "log_min_error_statement": "panic",
}
# Right for what is thrown away after the tests, and for nothing else: a power cut loses the database.
CARELESS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Where a cluster lives, and who runs it."""

    programs: Path
    home: Path
    sockets: Path
    account: Account | None = None
    throw_away: bool = False

    @property
    def data(self) -> Path:
        """The data directory."""
        return self.home / "data"

    def url(self, role: str) -> str:
        """DATABASE_URL for a role."""
        return database_url(role=role, sockets=self.sockets, database=roles.DATABASE)

    def superuser(self) -> str:
        """The connection string of the superuser (3)."""
        return make_conninfo(host=str(self.sockets), user=SUPERUSER, dbname="postgres", connect_timeout=2)


def bring_up(cluster: Cluster, *, supervisor: Supervisor) -> None:
    """A PostgreSQL that answers, with its roles and its database; raises CannotStart."""
    initialise(cluster)
    supervisor.start(program(cluster))
    supervisor.wait_until(
        lambda: answers(cluster), seconds=PATIENCE, otherwise="PostgreSQL does not start; its last lines stand above."
    )
    roles.prepare(superuser=cluster.superuser(), throw_away=cluster.throw_away)


def initialise(cluster: Cluster) -> None:
    """Make the cluster, unless there is one; raises CannotStart for one of another major version."""
    if cluster.data.exists():
        made_by = (cluster.data / "PG_VERSION").read_text(encoding="utf-8").strip()
        if made_by != MAJOR:
            raise CannotStart(
                f"{cluster.data} was made by PostgreSQL {made_by}; this is PostgreSQL {MAJOR}. Set STATE_DIR to a new folder.",
                code="other_postgresql",
            )
        return
    draft = cluster.home / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    made = subprocess.run(
        initdb_command(cluster, draft),
        env=CLEAN,
        cwd=cluster.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        user=cluster.account.user if cluster.account else None,
        group=cluster.account.group if cluster.account else None,
        extra_groups=[] if cluster.account else None,
        check=False,
    )
    if made.returncode:
        raise CannotStart(
            f"PostgreSQL could not make its files in {cluster.home}:\n{made.stdout.strip()}", code="initdb_failed"
        )
    draft.rename(cluster.data)  # 1


def initdb_command(cluster: Cluster, data: Path) -> list[str]:
    """How the cluster is made: one encoding and one order of letters on every machine, whatever its language."""
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if cluster.throw_away:
        options.append("--no-sync")
    return [str(cluster.programs / "bin" / "initdb"), *options, f"--username={SUPERUSER}", f"--pgdata={data}"]


def program(cluster: Cluster) -> Program:
    """The server, for the supervisor: SIGINT ends sessions and stops cleanly, SIGQUIT stops as after a power cut."""
    settings = (
        SETTINGS | {"unix_socket_directories": quoted(cluster.sockets)} | (CARELESS if cluster.throw_away else {})
    )
    given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return Program(
        name=NAME,
        command=(str(cluster.programs / "bin" / "postgres"), "-D", str(cluster.data), *given),
        stages=(Stage(signal=signal.SIGINT, seconds=30), Stage(signal=signal.SIGQUIT, seconds=5)),
        environment=CLEAN,
        folder=cluster.home,
        account=cluster.account,
    )


def quoted(folder: Path) -> str:
    """A folder as an entry of a list setting, where a comma would begin the next one."""
    return '"' + os.fspath(folder).replace('"', '""') + '"'


def answers(cluster: Cluster) -> bool:
    """Whether the server takes connections; it is not asked before it says so itself, since it logs what it turns away."""
    try:
        said = (cluster.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    if len(said) <= STATUS_LINE or said[STATUS_LINE].strip() != "ready":
        return False
    try:
        psycopg.connect(cluster.superuser()).close()
    except psycopg.OperationalError:
        return False
    return True
