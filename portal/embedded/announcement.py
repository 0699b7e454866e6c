"""What `make run` prints when everything is up: the address, who can sign in, and READY."""

PASSWORD = "demo"  # noqa: S105 - published: it opens the demonstration, which loopback alone can reach
PEOPLE = {
    "alice": "employee; has captures",
    "bob": "employee, Alice's manager",
    "carol": "HR",
    "dan": "legal",
    "erin": "programme owner",
    "frank": "privacy officer",
    "grace": "works council",
    "mallory": "employee",
}


def announcement(*, address: str, demonstration: bool) -> str:
    """The last lines before the portal is left to run."""
    people = [f"    {name:<8} {role}" for name, role in PEOPLE.items()]
    shown = ["", f"  The demonstration's people (password: {PASSWORD}):", *people] if demonstration else []
    return "\n".join(["", f"  Candor is at {address}/", *shown, "", "  Ctrl-C stops everything.", "READY"])
