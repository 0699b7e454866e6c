"""A time-stamping authority to test with: `openssl ts` behind an HTTP server on this machine, honest or not."""

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

OPENSSL = shutil.which("openssl")
REPLY = "application/timestamp-reply"
CONFIGURATION = """
[tsa]
default_tsa = ours
[ours]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


@dataclass
class Authority:
    """Where it is, whom to trust, and how it answers: `answer` gets the query and the honest reply (status, type, body)."""

    folder: Path
    url: str = ""
    queries: list[bytes] = field(default_factory=list)
    answer: Callable[["Authority", bytes], tuple[int, str, bytes]] = lambda self, query: (200, REPLY, self.reply(query))

    @property
    def certificates(self) -> str:
        return str(self.folder / "root.pem")

    def reply(self, query: bytes) -> bytes:
        """What `openssl ts` answers."""
        asked, told = self.folder / "query", self.folder / "reply"
        asked.write_bytes(query)
        command = [
            OPENSSL,
            "ts",
            "-reply",
            "-config",
            str(self.folder / "tsa.cnf"),
            "-queryfile",
            str(asked),
            "-out",
            str(told),
        ]
        subprocess.run(command, check=True, capture_output=True)
        return told.read_bytes()

    def certify(self, *, start: datetime, end: datetime, usage=ExtendedKeyUsageOID.TIME_STAMPING) -> None:
        """A new root, and a certificate for time-stamping under it."""
        root_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test root")])
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test time-stamping")])

        def built(subject, public, *, of, signed_with, critical_usage, ca):
            made = (
                x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public)
                .serial_number(x509.random_serial_number()).not_valid_before(of[0]).not_valid_after(of[1])
                .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            )  # fmt: skip
            if critical_usage:
                made = made.add_extension(x509.ExtendedKeyUsage([critical_usage]), critical=True)
                made = made.add_extension(_signing_only(), critical=True)
            return made.sign(signed_with, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

        long = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2120, 1, 1, tzinfo=UTC))
        root = built(root_name, root_key.public_key(), of=long, signed_with=root_key, critical_usage=None, ca=True)
        leaf = built(name, key.public_key(), of=(start, end), signed_with=root_key, critical_usage=usage, ca=False)
        (self.folder / "root.pem").write_bytes(root)
        (self.folder / "tsa.pem").write_bytes(leaf)
        secret = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (self.folder / "tsa.key").write_bytes(secret)


def _signing_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


@contextmanager
def authority_in(folder: Path) -> Iterator[Authority]:
    """An authority that answers on this machine until the block ends."""
    if OPENSSL is None:
        pytest.skip("There is no openssl on this machine: no authority to ask for time-stamps.")
    folder.mkdir()
    authority = Authority(folder)
    now = datetime.now(UTC)
    authority.certify(start=now - timedelta(days=1), end=now + timedelta(days=1))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.queries.append(query)
            status, kind, body = authority.answer(authority, query)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                return  # the other side had enough

        def log_message(self, *_args: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=[0.05], daemon=True)
    thread.start()
    authority.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield authority
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def authority(tmp_path: Path, settings) -> Iterator[Authority]:
    """The authority that the settings name, and trust."""
    with authority_in(tmp_path / "authority") as made:
        settings.TSA_URL, settings.TSA_CERTIFICATES = made.url, made.certificates
        yield made
