"""Whether the stylesheets and scripts must be collected anew: compressing them takes longer than all the rest of a start."""

import hashlib
from pathlib import Path

STAMP = "static.stamp"
# Which packages bring files of their own, and where files are looked for.
ALSO = ("requirements.txt", "portal/settings.py")


def fingerprint(project: Path) -> str:
    """Of everything that decides what is collected."""
    found = hashlib.sha256()
    for path in [project / name for name in ALSO] + sorted(project.glob("portal/**/static/**/*")):
        if path.is_file():
            content = path.read_bytes()
            found.update(f"{path.relative_to(project)} {len(content)}\n".encode() + content)
    return found.hexdigest()


def collected(*, project: Path, folder: Path) -> bool:
    """Whether the files under `folder` are those of this project as it is now."""
    try:
        return (folder / "static" / "staticfiles.json").exists() and (folder / STAMP).read_text() == fingerprint(
            project
        )
    except OSError:
        return False


def note(*, project: Path, folder: Path) -> None:
    """They have been collected."""
    (folder / STAMP).write_text(fingerprint(project))
