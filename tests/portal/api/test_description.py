"""The OpenAPI description is valid, complete, and true of what is answered; the page shows all of it."""

import json
from importlib.resources import files

import jsonschema
import pytest
from django.urls import resolve
from rest_framework.views import APIView

from portal.api.description import schema
from portal.api.urls import urlpatterns

METHODS = {"get", "post"}


@pytest.fixture(scope="module")
def described() -> dict:
    return schema()


def operations(described) -> list[tuple[str, str, dict]]:
    return [(path, method, told) for path, methods in described["paths"].items() for method, told in methods.items()]


def test_it_is_openapi_3_1(described):
    meta = json.loads(files("drf_spectacular.validation").joinpath("openapi_3_1_schema.json").read_text())
    jsonschema.validate(described, meta)
    assert described["openapi"].startswith("3.1")


def test_every_reference_in_it_leads_somewhere(described):
    text = json.dumps(described)
    named = {part.partition('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert named <= set(described["components"]["schemas"])


def test_every_method_of_every_address_is_described(described):
    wanted = set()
    for pattern in urlpatterns:
        view = getattr(pattern.callback, "cls", None)
        if view is None or pattern.name in ("schema", "nothing"):
            continue
        assert issubclass(view, APIView)
        wanted |= {(pattern.name, method) for method in METHODS if hasattr(view, method)}
    found = {(resolve(example(path)).url_name, method) for path, method, _told in operations(described)}
    assert found == wanted


def example(path: str) -> str:
    values = {"{receipt_id}": "3f2b8f0e-1111-4222-8333-444455556666", "{number}": "DEL-3M8D-71WX", "{size}": "1"}
    for name, value in values.items():
        path = path.replace(name, value)
    return path


def test_every_error_is_described_as_a_problem_document(described):
    for path, method, told in operations(described):
        errors = {status: answer for status, answer in told["responses"].items() if status >= "400"}
        wanted = {"405", "503"}
        if told.get("security") != [{}]:
            wanted |= {"401", "403"}
        if method == "post":
            wanted |= {"400", "413", "415"}
        if "{" in path:
            wanted |= {"404"}
        assert wanted <= set(errors), (path, method)
        for answer in errors.values():
            assert list(answer["content"]) == ["application/problem+json"]
            name = answer["content"]["application/problem+json"]["schema"]["$ref"].rpartition("/")[2]
            required = described["components"]["schemas"][name]["required"]
            assert set(required) >= {"type", "title", "detail", "code"}


def test_each_address_names_its_one_credential(described):
    callers = {path: told.get("security", []) for path, _method, told in operations(described)}
    assert callers["/api/v1/captures"] == callers["/api/v1/permissions"] == [{"collector": []}]
    assert callers["/api/v1/decisions"] == [{"session": []}]
    assert callers["/api/v1/verify"] == callers["/api/v1/keys"] == [{}]


def test_it_is_served_to_anyone(db, anyone):
    answer = anyone.get("/api/schema/")
    assert answer.json() == json.loads(json.dumps(schema()))
    assert "oai.openapi+json" in answer["Content-Type"]


def body_schema(described, path: str, method: str, status: str) -> dict:
    content = described["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
    return {**content, "components": described["components"]}


def true_of(described, path: str, method: str, answer) -> None:
    jsonschema.validate(answer.json(), body_schema(described, path, method, str(answer.status_code)))


def test_answers_are_as_described(described, alice, collector, anyone, choose, cast, now):
    decision = choose(cast.alice)
    true_of(described, "/api/v1/decisions", "get", alice.get("/api/v1/decisions"))
    body = {"programme": "interface-learning", "kind": "click", "state": "refused"}
    true_of(
        described, "/api/v1/decisions", "post", alice.post("/api/v1/decisions", body, content_type="application/json")
    )
    true_of(described, "/api/v1/receipts/", "get", alice.get("/api/v1/receipts/"))
    true_of(described, "/api/v1/permissions", "get", collector.get("/api/v1/permissions"))
    true_of(described, "/api/v1/keys", "get", anyone.get("/api/v1/keys"))
    lodged = alice.post("/api/v1/requests", {"type": "deletion"}, content_type="application/json")
    true_of(described, "/api/v1/requests", "post", lodged)
    true_of(described, "/api/v1/requests/{number}", "get", alice.get(f"/api/v1/requests/{lodged.json()['number']}"))
    document = bytes(decision.receipt.document)
    true_of(
        described, "/api/v1/verify", "post", anyone.post("/api/v1/verify", document, content_type="application/json")
    )
    batch = {
        "segments": [
            {"programme": "interface-learning", "kind": "mouse", "events": [{"t": now.isoformat(), "x": 1, "y": 1}]}
        ]
    }
    sent = collector.post("/api/v1/captures", batch, content_type="application/json", headers={"Idempotency-Key": "k"})
    true_of(described, "/api/v1/captures", "post", sent)


def test_the_answer_to_a_yes_to_an_old_notice_is_as_described(described, alice, new_notice):
    new_notice("interface-learning", "interface-learning-2", storage_days=300)
    for version in (2, 77):
        body = {"programme": "interface-learning", "kind": "mouse", "state": "given", "notice_version": version}
        answer = alice.post("/api/v1/decisions", body, content_type="application/json")
        assert answer.status_code == 409
        problem = {"$ref": "#/components/schemas/NoticeChangedProblem", "components": described["components"]}
        jsonschema.validate(answer.json(), problem)


def test_a_problem_is_as_described(described, anyone, db):
    problem = {"$ref": "#/components/schemas/ProblemDocument", "components": described["components"]}
    jsonschema.validate(anyone.get("/api/v1/decisions").json(), problem)


def test_the_page_names_every_operation_with_its_fields_and_errors(db, anyone, described):
    page = anyone.get("/api/docs/").content.decode()
    for path, method, told in operations(described):
        assert f"<code>{path}</code>" in page
        assert method.upper() in page
        assert f'id="{told["operationId"]}"' in page
    for field in ("permissions_version", "lease_expires_at", "results[].dropped_fields", "scope.from", "purge[].kinds"):
        assert f"<code>{field}</code>" in page, field


def test_the_page_has_each_id_once(db, anyone):
    page = anyone.get("/api/docs/").content.decode()
    ids = [part.partition('"')[0] for part in page.split(' id="')[1:]]
    assert len(ids) == len(set(ids))
