"""Each check holds something: taken out of the code, it lets a test vector through, or says the wrong step. For both verifiers."""

import inspect
import re
import types
from pathlib import Path

import pytest

from consent.ledger import merkle, notes, proofs
from consent.receipts import parsing, seal_check, verification
from consent.receipts.verification import verify_file
from verify import verify_receipt

from .test_vectors import INDEX, KEYS, expected, files_of, trusting  # noqa: F401  (a fixture)

# Module, what stands there once, what stands there instead, and a vector that goes wrong. Checks that another one doubles (names that
# stand twice are no canonical JSON either; pyHanko digests the file once more; no log has 64 levels) are left out.
OURS = [
    (parsing, "len(raw) > BYTES_MAX", "False", "form-large"),
    (parsing, "_check_depth(read, DEPTH_MAX)", "None", "form-deep"),
    (parsing, "parse_float=_no_fraction", "parse_float=None", "form-float"),
    (parsing, "_canonical(document) != raw", "False", "form-space-before"),
    (parsing, "set(document) == _KEYS", "True", "form-unknown"),
    (parsing, '_is_of_texts(issuer, {"name", "url", "log"})', "True", "form-unknown-inside"),
    (parsing, '_is_of_texts(subject, {"name", "reference"})', "True", "form-wrong-type-subject"),
    (parsing, "all(isinstance(document[name], str) for name in", "all(True for name in", "form-wrong-type-number"),
    (parsing, 'isinstance(document["body"], dict)', "True", "form-wrong-type-body"),
    (parsing, 'document[SIGNATURE]["algorithm"] == ALGORITHM', "True", "form-algorithm"),
    (parsing, '_NUMBER.fullmatch(document["number"]) is not None', "True", "form-number-letter"),
    (parsing, '_is_instant(document["issued_at"])', "True", "form-time-no-fraction"),
    (parsing, "_INSTANT.fullmatch(text) is not None", "True", "form-time-no-fraction"),
    (verification, "document.log != settings.LEDGER_ORIGIN", "False", "issuer-elsewhere"),
    (verification, "signing.is_signed_by(", "(lambda *_, **__: True)(", "signature-changed-state"),
    (verification, "key.key_id == document.key and", "", "signature-key-capitals"),
    (verification, "not key.may_have_signed(at)", "False", "time-after-rotation"),
    (verification, "*([held.sealed] if held.sealed else [])", "", "pdf-after-rotation"),
    (proofs, "check_signed(read.checkpoint,", "(lambda *_, **__: None)(read.checkpoint,", "log-stranger"),
    (proofs, "check_inclusion(leaf=leaf, index=read.index, size=size, path=read.path, root=root)", "None", "log-of-another"),
    (proofs, "len(nonce) != NONCE_BYTES", "False", "log-nonce-31-fits"),
    (proofs, "lines[0] != HEADER", "False", "log-other-format"),
    (notes, "checkpoint.origin != origin", "False", "log-elsewhere-our-key"),
    (notes, "if not ours:", "if False:", "log-stranger"),
    (notes, "encoded(data) != text", "False", "form-signature-padding"),
    (notes, '(text == "0" or text[0] != "0")', "True", "log-position-zeroes"),
    (merkle, "_check_lengths([leaf, root, *path])", "None", "log-hash-31-fits"),
    (merkle, "found != root", "False", "log-of-another"),
    (seal_check, 'b"%%EOF" not in raw', "False", "pdf-cut"),
    (seal_check, 'b"/Encrypt" in plain', "False", "pdf-encrypted"),
    (seal_check, "_RUNS.search(plain)", "False", "pdf-script"),
    (seal_check, "frame.certificate not in trusted", "False", "pdf-stranger"),
    (seal_check, 'frame.encoded().ljust(len(padded), b"\\0") != padded or', "", "pdf-padding"),
    (seal_check, "or not _is_signed(frame)", "", "pdf-signature"),
    (seal_check, "and signature.docmdp_level == MDPPerm.NO_CHANGES", "", "pdf-changes-allowed"),
    (seal_check, "and signature.field_name == FIELD", "", "pdf-field"),
    (seal_check, 'set(files) != {f"{document.number}.json", proof}', "False", "pdf-without-proof"),
    (seal_check, "beside is not None and beside not in files.values()", "False", "pdf-other-beside"),
    (seal_check, "encoded_data, BYTES_MAX)", "encoded_data)", "pdf-bomb"),
]  # fmt: skip
THEIRS = [
    (verify_receipt, "len(raw) > JSON_MAX", "False", "form-large"),
    (verify_receipt, "isinstance(value, dict | list) and not depth", "False", "form-deep"),
    (verify_receipt, "parse_float=_refuse_number", "parse_float=None", "form-float"),
    (verify_receipt, "exact != raw", "False", "form-space-before"),
    (verify_receipt, "abs(value) > INTEGER_MAX", "False", "form-integer"),
    (verify_receipt, "set(receipt) == PARTS", "True", "form-object"),
    (verify_receipt, 'receipt["format"] == FORMAT', "True", "form-other-format"),
    (verify_receipt, '_is_of_texts(receipt["issuer"], {"name", "url", "log"})', "True", "form-unknown-inside"),
    (verify_receipt, '_is_of_texts(receipt["subject"], {"name", "reference"})', "True", "form-wrong-type-subject"),
    (verify_receipt, 'isinstance(receipt["body"], dict)', "True", "form-wrong-type-body"),
    (verify_receipt, 'receipt["signature"]["algorithm"] == "Ed25519"', "True", "form-algorithm"),
    (verify_receipt, '_base64(receipt["signature"]["value"]) is not None', "True", "form-signature-base64"),
    (verify_receipt, 'NUMBER.fullmatch(receipt["number"]) is not None', "True", "form-number-letter"),
    (verify_receipt, 'receipt["type"] in TYPES', "True", "form-type"),
    (verify_receipt, '_is_instant(receipt["issued_at"])', "True", "form-time-no-fraction"),
    (verify_receipt, "INSTANT.fullmatch(text) is not None", "True", "form-time-no-fraction"),
    (verify_receipt, "log != origin", "False", "issuer-elsewhere"),
    (verify_receipt, 'key.id == signature["key"] and', "", "signature-key-capitals"),
    (verify_receipt, 'and _signed_by(key, message, _base64(signature["value"]) or b"")', "", "signature-changed-state"),
    (verify_receipt, "not key.was_in_use(at)", "False", "time-after-rotation"),
    (verify_receipt, "if sealed_by and sealed_at:", "if False:", "pdf-after-rotation"),
    (verify_receipt, "lines[0] != PROOF_FORMAT", "False", "log-other-format"),
    (verify_receipt, "path) != root", "path) is None", "log-of-another"),
    (verify_receipt, "lines[0] != origin", "False", "log-elsewhere-our-key"),
    (verify_receipt, 'not _signed_by(key, f"{text}\\n".encode(), signed[4:])', "False", "log-forged"),
    (verify_receipt, "if not believed:", "if False:", "log-stranger"),
    (verify_receipt, "position >= size", "False", "log-position-is-size"),
    (verify_receipt, "len(found) != 32", "False", "log-hash-31-fits"),
    (verify_receipt, '(text == "0" or text[0] != "0")', "True", "log-position-zeroes"),
    (verify_receipt, "base64.b64encode(found).decode() == text", "True", "form-signature-padding"),
    (verify_receipt, 'b"%%EOF" not in raw', "False", "pdf-cut"),
    (verify_receipt, 'b"/Encrypt" in plain', "False", "pdf-encrypted"),
    (verify_receipt, "STARTS_SOMETHING.search(plain)", "False", "pdf-script"),
    (verify_receipt, '_framed(certificate, attributes, signature, stamp).ljust(len(padded), b"\\0") != padded', "False", "pdf-padding"),
    (verify_receipt, "and signature.docmdp_level == MDPPerm.NO_CHANGES", "", "pdf-changes-allowed"),
    (verify_receipt, 'and signature.field_name == "Seal"', "", "pdf-field"),
    (verify_receipt, 'set(files) != {f"{number}.json", f"{number}.tlog-proof"}', "False", "pdf-without-proof"),
    (verify_receipt, "beside is not None and beside not in files.values()", "False", "pdf-other-beside"),
]  # fmt: skip


def without(monkeypatch, module: types.ModuleType, fragment: str, instead: str) -> None:
    """Runs the module's functions without this check; its classes and values stay the same objects."""
    source = Path(module.__file__).read_text()
    pattern = r"\s+".join(map(re.escape, fragment.split()))  # however the line is broken
    assert len(re.findall(pattern, source)) == 1, f"{fragment} does not stand once in {module.__name__}"
    changed = re.sub(pattern, lambda _: instead, source)
    code = compile(changed, module.__file__, "exec")
    bodies = {each.co_name: each for each in code.co_consts if isinstance(each, types.CodeType)}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if function.__module__ == module.__name__ and name in bodies:
            monkeypatch.setattr(function, "__code__", bodies[name])


def ours(raw, beside):
    verdict = verify_file(raw, beside)
    return verdict.genuine, verdict.failed


def theirs(raw, beside):
    genuine, steps = verify_receipt.verdict(raw, beside, keys=KEYS, origin=INDEX["origin"])
    return genuine, None if genuine else steps[-1].name


def goes_wrong(judge, vector: str) -> bool:
    """Another verdict, another step, or none at all."""
    try:
        return judge(*files_of(vector)) != expected(vector)
    except Exception:
        return True


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    ("module", "fragment", "instead", "vector"), OURS, ids=[f"{m.__name__}: {f}" for m, f, *_ in OURS]
)
def test_without_one_check_of_candors_a_vector_goes_wrong(monkeypatch, module, fragment, instead, vector):
    assert not goes_wrong(ours, vector)
    without(monkeypatch, module, fragment, instead)
    assert goes_wrong(ours, vector)


@pytest.mark.parametrize(
    ("module", "fragment", "instead", "vector"), THEIRS, ids=[fragment for _, fragment, *_ in THEIRS]
)
def test_without_one_check_of_the_strangers_a_vector_goes_wrong(monkeypatch, module, fragment, instead, vector):
    assert not goes_wrong(theirs, vector)
    without(monkeypatch, module, fragment, instead)
    assert goes_wrong(theirs, vector)
