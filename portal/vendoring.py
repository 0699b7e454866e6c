"""Check the files that are committed here but written elsewhere (VENDOR.toml), or copy them anew from npm."""

import argparse
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "VENDOR.toml"


@dataclass(frozen=True)
class Vendored:
    """One committed file: the npm package and path it comes from, its place here, and what it must hash to."""

    package: str
    version: str
    source: str
    place: Path
    sha256: str

    def check(self, content: bytes) -> str | None:
        """Return a sentence when the content is not what was written down, else None."""
        found = hashlib.sha256(content).hexdigest()
        if found == self.sha256:
            return None
        return f"{self.place.relative_to(ROOT)}: sha256 is {found}, VENDOR.toml says {self.sha256}."


def vendored() -> list[Vendored]:
    """Return every file that VENDOR.toml lists."""
    return [
        Vendored(package["name"], package["version"], file["from"], ROOT / file["to"], file["sha256"])
        for package in tomllib.loads(LIST.read_text(encoding="utf-8"))["package"]
        for file in package["files"]
    ]


def differences() -> list[str]:
    """Return one sentence for each listed file that is missing or not as written down."""
    findings: list[str] = []
    for file in vendored():
        if not file.place.is_file():
            findings.append(f"{file.place.relative_to(ROOT)} is missing.")
        elif finding := file.check(file.place.read_bytes()):
            findings.append(finding)
    return findings


def fetch() -> list[str]:
    """Copy every file from its npm package; a file with another hash is reported and not written."""
    findings: list[str] = []
    packages: dict[tuple[str, str], list[Vendored]] = {}
    for file in vendored():
        packages.setdefault((file.package, file.version), []).append(file)
    for (name, version), files in packages.items():
        archive = _packed(name, version)
        for file in files:
            member = archive.extractfile(f"package/{file.source}")
            content = member.read() if member else b""
            if finding := file.check(content):
                findings.append(finding)
                continue
            file.place.parent.mkdir(parents=True, exist_ok=True)
            file.place.write_bytes(content)
    return findings


def _packed(name: str, version: str) -> tarfile.TarFile:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, f"{name}@{version}"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        [packed] = Path(folder).glob("*.tgz")
        return tarfile.open(fileobj=io.BytesIO(packed.read_bytes()))


def main() -> int:
    """Check, or with --fetch copy and check; 0 when every file is as written down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fetch", action="store_true", help="copy the files from their npm packages")
    findings = fetch() if parser.parse_args().fetch else differences()
    sys.stdout.write("".join(f"{finding}\n" for finding in findings) or "Every vendored file is as written down.\n")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
