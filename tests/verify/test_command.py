"""The stranger's verifier as a program: what it says, and its exit codes."""

import json
import subprocess
import sys

import pytest

from verify import verify_receipt

from .test_vectors import FOLDER, INDEX

KEYS = ["--keys", FOLDER / "keys.json"]
TRUSTED = [*KEYS, "--origin", INDEX["origin"]]
GOOD, BAD, PDF = FOLDER / "decision-given.json", FOLDER / "form-bom.json", FOLDER / "pdf-good.pdf"


@pytest.fixture
def run(capsys):
    def said(*arguments) -> tuple[int, str]:
        try:
            code = verify_receipt.main([str(each) for each in arguments])
        except SystemExit as stopped:  # argparse
            code = stopped.code
        captured = capsys.readouterr()
        return code, captured.out + captured.err

    return said


def test_genuine_files_end_with_0_and_each_step_is_said(run):
    code, said = run(GOOD, PDF, *TRUSTED)
    assert code == 0
    assert said.count("Genuine when issued.") == 2
    assert "yes seal" in said
    assert "-   log: Not checked" in said


def test_one_file_that_is_not_genuine_ends_with_1(run):
    code, said = run(GOOD, BAD, *TRUSTED)
    assert code == 1
    assert "NO  form" in said


@pytest.mark.parametrize("file", [GOOD, PDF])
def test_without_keys_it_says_what_was_not_checked_and_ends_with_3(run, file):
    code, said = run(file)
    assert code == 3
    assert "no public keys were given" in said
    assert "Genuine" not in said


def test_a_file_that_is_not_genuine_counts_more_than_one_that_could_not_be_judged(run):
    assert run(GOOD, BAD)[0] == 1


def test_without_an_origin_it_tells_which_log_the_receipt_names(run):
    code, said = run(GOOD, *KEYS)
    assert code == 0
    assert f"-   issuer: It names '{INDEX['origin']}'" in said


def test_a_proof_is_given_or_lies_beside_it(run, tmp_path):
    good = next(each for each in INDEX["vectors"] if each["name"] == "log-big")
    proof = FOLDER / good["beside"]
    assert "yes log" in run(FOLDER / good["file"], "--proof", proof, *TRUSTED)[1]
    (tmp_path / "a.json").write_bytes((FOLDER / good["file"]).read_bytes())
    (tmp_path / "a.tlog-proof").write_bytes(proof.read_bytes())
    assert "yes log" in run(tmp_path / "a.json", *TRUSTED)[1]


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nowhere.json"],
        [GOOD, "--keys", "nowhere.json"],
        [GOOD, "--keys", GOOD],
        [GOOD, "--keys", PDF],
        [GOOD, BAD, "--proof", GOOD, *KEYS],
    ],
)
def test_wrong_usage_and_files_that_cannot_be_read_end_with_2(run, arguments):
    assert run(*arguments)[0] == 2


def test_without_pyhanko_the_seal_is_still_checked_and_the_rest_is_named(run, monkeypatch):
    monkeypatch.setattr(verify_receipt, "PYHANKO", False)
    code, said = run(PDF, *TRUSTED)
    assert code == 3
    assert "yes seal" in said
    assert "pyHanko" in said
    assert run(FOLDER / "pdf-stranger.pdf", *TRUSTED)[0] == 1
    assert run(FOLDER / "pdf-update.pdf", *TRUSTED)[0] == 1


def test_it_runs_with_cryptography_alone(monkeypatch):
    """In a Python of its own, where nothing else of what Candor uses can be imported."""
    program = (
        "import runpy, sys\n"
        "class Alone:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in {'asn1crypto', 'pyhanko', 'pyhanko_certvalidator', 'rfc8785', 'django', 'consent', 'pikepdf'}:\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Alone())\n"
        "sys.argv = sys.argv[1:]\n"
        "runpy.run_path(sys.argv[0], run_name='__main__')\n"
    )
    arguments = [sys.executable, "-I", "-c", program, verify_receipt.__file__, GOOD, *TRUSTED]
    done = subprocess.run([str(each) for each in arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Genuine when issued." in done.stdout


def test_a_huge_file_is_not_read_to_its_end(run, tmp_path):
    with (tmp_path / "huge.json").open("wb") as file:
        file.truncate(10**10)
    code, said = run(tmp_path / "huge.json", *TRUSTED)
    assert (code, "too large" in said) == (1, True)


def test_keys_of_a_purpose_that_is_not_known_yet_are_passed_over(run, tmp_path):
    keys = json.loads((FOLDER / "keys.json").read_text())
    keys["keys"].append({"id": "x", "purpose": "of another time"})
    (tmp_path / "keys.json").write_text(json.dumps(keys))
    assert run(GOOD, "--keys", tmp_path / "keys.json")[0] == 0


def _altered(**changes) -> str:
    keys = json.loads((FOLDER / "keys.json").read_text())
    for row in keys["keys"]:
        row.update({name: value for name, value in changes.items() if name in row})
    return json.dumps(keys)


@pytest.mark.parametrize(
    "keys",
    [
        _altered(retired_at="2026-10-01T12:00:00"),
        _altered(retired_at=20261001),
        _altered(certificate=None),
        _altered(public=["AAAA"]),
        '{"keys": ["receipts"]}',
        "[" * 100_000,
    ],
    ids=["time without zone", "time that is a number", "no certificate", "key that is a list", "words", "nested"],
)
def test_a_file_that_is_not_one_of_keys_is_wrong_usage_and_no_verdict_on_the_receipt(run, tmp_path, keys):
    """An exit code of 1 would say that the receipt is forged."""
    (tmp_path / "keys.json").write_text(keys)
    code, said = run(GOOD, "--keys", tmp_path / "keys.json")
    assert (code, "not a file of keys" in said) == (2, True)


@pytest.mark.parametrize(
    "name", ["a\n  Genuine when issued.\nb.json", "\x1b[1A\x1b[2K.json", "\udcff.json", "\u202efdp.json"]
)
def test_the_name_of_a_file_cannot_write_a_verdict(run, tmp_path, name):
    (tmp_path / name).write_bytes(BAD.read_bytes())
    code, said = run(tmp_path / name, *TRUSTED)
    assert code == 1
    assert "  Genuine when issued." not in said.splitlines()
    assert all(line.isprintable() for line in said.splitlines())
