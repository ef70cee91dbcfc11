"""HTTP: what is committed is what the services answer, with every error and examples."""

import json
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from canbao.definitions import SERVICES
from canbao.documents import DOCS, application, documents, openapi_of

METHODS = {"get", "put", "post", "patch", "delete"}


@pytest.fixture(scope="module")
def generated() -> dict[Path, str]:
    return documents()


def operations(name: str) -> list[tuple[str, dict]]:
    document = openapi_of(application(name))
    return [
        (f"{method.upper()} {path}", operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def has_example(media: dict, schemas: dict) -> bool:
    """Whether a reader sees real values: on the body itself, or in its schema, whole or member by member."""
    return "example" in media or bool(media.get("examples")) or shows(media.get("schema", {}), schemas)


def shows(schema: dict, schemas: dict) -> bool:
    """Whether a schema shows a value."""
    if {"example", "const", "enum", "default"} & schema.keys() or schema.get("examples"):
        return True
    if "$ref" in schema:
        return shows(schemas[schema["$ref"].rsplit("/", 1)[1]], schemas)
    if any(choice in schema for choice in ("anyOf", "oneOf")):
        return any(shows(choice, schemas) for choice in schema.get("anyOf", schema.get("oneOf")))
    if schema.get("type") == "array":
        return shows(schema.get("items", {}), schemas)
    if "properties" in schema:
        return all(shows(member, schemas) for member in schema["properties"].values())
    return schema.get("type") in ("boolean", "null") or schema.get("format") == "binary"


class TestCommittedDocuments:
    def test_equal_what_the_services_say(self, generated):
        changed = [
            str(path.relative_to(DOCS))
            for path, text in generated.items()
            if not path.exists() or path.read_text() != text
        ]

        assert not changed, "run `make docs` and look at what changed"

    def test_there_is_one_for_every_service(self, generated):
        assert {path.stem for path in generated if path.parent.name == "openapi"} == set(SERVICES)


@pytest.mark.parametrize("name", SERVICES)
class TestDocument:
    def test_is_valid_openapi_3_1(self, name):
        document = openapi_of(application(name))

        validate(document)
        assert document["openapi"].startswith("3.1")

    def test_every_operation_says_what_it_is_for(self, name):
        silent = [
            where
            for where, operation in operations(name)
            if not (operation.get("summary") and operation.get("tags"))
        ]

        assert not silent

    def test_every_operation_has_its_own_id(self, name):
        ids = [operation["operationId"] for _, operation in operations(name)]

        assert len(ids) == len(set(ids))

    def test_every_operation_states_its_errors_as_problems(self, name):
        for where, operation in operations(name):
            answers = operation["responses"]
            errors = {status: answer for status, answer in answers.items() if status >= "400"}
            assert "500" in errors, where
            assert "requestBody" not in operation or errors.keys() & {"400", "413", "422"}, where
            assert not operation.get("security") or {"401", "403"} <= errors.keys(), where
            for status, answer in errors.items():
                content = answer["content"]
                if any(f"/channels/{wallet}/" in where for wallet in ("wechat", "alipay", "unionpay")):
                    continue  # the wallet prescribes the form of its answers
                assert list(content) == ["application/problem+json"], (where, status)
                assert content["application/problem+json"]["examples"], (where, status)

    def test_whatever_names_one_thing_may_not_find_it(self, name):
        blind = [
            where
            for where, operation in operations(name)
            if any(parameter["in"] == "path" for parameter in operation.get("parameters", ()))
            and "404" not in operation["responses"]
        ]

        assert not blind

    def test_every_body_and_every_answer_has_an_example(self, name):
        schemas = openapi_of(application(name))["components"]["schemas"]
        bare = [
            f"{where} {place}"
            for where, operation in operations(name)
            for place, content in (
                ("body", operation.get("requestBody", {}).get("content", {})),
                *((status, answer.get("content", {})) for status, answer in operation["responses"].items()),
            )
            for media in content.values()
            if not has_example(media, schemas)
        ]

        assert not bare

    def test_nothing_but_probes_and_signed_callbacks_is_open(self, name):
        is_open = {
            where
            for where, operation in operations(name)
            if not operation.get("security") and "operations" not in operation["tags"]
        }

        checks = ("/v1/certificates/verify", "/v1/vouchers/check")
        assert all("/notifications" in where or where.endswith(checks) for where in is_open), is_open

    def test_no_identity_number_travels_in_an_address(self, name):
        addressed = [
            (where, parameter["name"])
            for where, operation in operations(name)
            for parameter in operation.get("parameters", ())
            if parameter["name"] in ("id_number", "name", "number", "phone", "account_no")
        ]

        assert not addressed


class TestProblems:
    def test_every_problem_that_a_document_shows_is_in_the_list(self, generated):
        page = (DOCS / "problems.md").read_text()
        for path, text in generated.items():
            if path.parent.name == "openapi":
                for kind in set(json.dumps(json.loads(text)).split("urn:canbao:problem:")[1:]):
                    assert f"`{kind.split(chr(34))[0]}`" in page
