"""Adds to the OpenAPI document what FastAPI does not know: errors, keys, and what is sent as null."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from libs.common.web.catalogue import (
    BODY_TOO_LARGE,
    IDEMPOTENCY_KEY_MISSING,
    IDEMPOTENCY_KEY_REUSED,
    INTERNAL_ERROR,
    INVALID_REQUEST,
    MALFORMED_BODY,
    OUTSIDE_DIVISION,
    SCOPE_MISSING,
    TOO_MANY_REQUESTS,
    UNAUTHENTICATED,
)
from libs.common.web.examples import completed
from libs.common.web.portable import make_portable
from libs.common.web.problems import MEDIA_TYPE, FieldError, Problem, ProblemType
from libs.common.web.reach import mark, refuses
from libs.common.web.throttling import UNTHROTTLED

#: The `responses` of a route, as FastAPI takes them.
Responses = dict[int | str, dict[str, Any]]

_REFERENCE = {"$ref": "#/components/schemas/Problem"}

_SCHEMA = {
    "type": "object",
    "title": "Problem",
    "description": "RFC 9457 problem details in English and Chinese; `type` decides (docs/problems.md).",
    "required": ["type", "title", "title_zh", "status", "detail", "detail_zh"],
    "properties": {
        "type": {"type": "string", "format": "uri", "examples": [INVALID_REQUEST.uri]},
        "title": {"type": "string"},
        "title_zh": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong and how to mend it."},
        "detail_zh": {"type": "string", "description": "错误原因与改正方法。"},
        "instance": {"type": "string", "format": "uri-reference"},
        "correlation_id": {"type": "string", "description": "Finds this request in the logs."},
        "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
    },
    "additionalProperties": True,
}
_WAIT = {"description": "Seconds until it may be tried again.", "schema": {"type": "integer"}}
_FIELD_SCHEMA = {
    "type": "object",
    "title": "FieldError",
    "required": ["pointer", "detail", "detail_zh"],
    "properties": {
        "pointer": {
            "type": "string",
            "description": "JSON Pointer into the body (`#/members/0/name`), or `query/county` and the like.",
        },
        "detail": {"type": "string"},
        "detail_zh": {"type": "string"},
    },
}


def problems(*occurrences: ProblemType | Problem) -> Responses:
    """The `responses` of a route that can answer with these problems, each with an example."""
    answers: Responses = {}
    for occurrence in _with_those_beside(occurrences):
        problem = occurrence if isinstance(occurrence, Problem) else occurrence.problem()
        answer = answers.setdefault(
            problem.status,
            {"description": "", "content": {MEDIA_TYPE: {"schema": _REFERENCE, "examples": {}}}},
        )
        answer["content"][MEDIA_TYPE]["examples"][problem.type.slug] = {
            "summary": problem.type.title,
            "value": problem.to_json(correlation_id="4bf92f3577b34da6a3ce929d0e0e4736"),
        }
        answer["description"] = " · ".join(
            part for part in (answer["description"], problem.type.title) if part
        )
    return answers


def _with_those_beside(occurrences: Iterable[ProblemType | Problem]) -> Iterator[ProblemType | Problem]:
    for occurrence in occurrences:
        yield occurrence
        yield from (occurrence.type if isinstance(occurrence, Problem) else occurrence).beside


def install(app: FastAPI) -> None:
    """Have `app.openapi()` state the errors that every operation shares, and none that cannot happen."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _completed(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    routes=app.routes,
                    openapi_version=app.openapi_version,
                    tags=app.openapi_tags,
                    servers=app.servers,
                    license_info=app.license_info,
                )
            )
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _completed(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas |= {"Problem": _SCHEMA, "FieldError": _FIELD_SCHEMA}
    for where, path in document["paths"].items():
        for operation in path.values():
            _complete_operation(operation, () if where in UNTHROTTLED else (TOO_MANY_REQUESTS,))
    # FastAPI describes its own validation errors, which never leave this application.
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    document["components"]["schemas"] = dict(sorted(schemas.items()))
    make_portable(document)
    _complete_examples(document)
    _share_examples(document)
    return document


def _complete_examples(document: dict[str, Any]) -> None:
    """Show in the examples of answers the members that are null, too."""
    schemas = document["components"]["schemas"]
    for path in document["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                for media in answer.get("content", {}).values():
                    if "example" in media:
                        media["example"] = completed(media["example"], media.get("schema"), schemas)
    for schema in schemas.values():
        if _is_an_answer(schema):
            if "example" in schema:
                schema["example"] = completed(schema["example"], schema, schemas)
            if "examples" in schema:
                schema["examples"] = [completed(value, schema, schemas) for value in schema["examples"]]


def _is_an_answer(schema: Mapping[str, Any]) -> bool:
    """Bodies refuse what they do not know, and what they require must be sent."""
    return schema.get("additionalProperties") is not False


def _share_examples(document: dict[str, Any]) -> None:
    """State the example of a problem once, however many operations can answer with it."""
    shared: dict[str, Any] = {}
    for path in document["paths"].values():
        for operation in path.values():
            for status, answer in operation["responses"].items():
                media = answer.get("content", {}).get(MEDIA_TYPE)
                if media is None:
                    continue
                examples = {
                    slug: {"$ref": f"#/components/examples/{slug}"}
                    if shared.setdefault(slug, example) == example
                    else example
                    for slug, example in media["examples"].items()
                }
                content = answer["content"] | {MEDIA_TYPE: media | {"examples": examples}}
                operation["responses"][status] = answer | {"content": content}
    document["components"]["examples"] = dict(sorted(shared.items()))


def _complete_operation(operation: dict[str, Any], more: Iterable[ProblemType]) -> None:
    answers = operation["responses"]
    if "application/json" in answers.get("422", {}).get("content", {}):
        del answers["422"]
    shared: list[ProblemType | Problem] = [INTERNAL_ERROR, *more]
    if operation.setdefault("security", []):
        shared += [UNAUTHENTICATED, SCOPE_MISSING]
    if refuses(operation):
        shared.append(OUTSIDE_DIVISION)
    for parameter in operation.get("parameters", []):
        if parameter["name"] == "idempotency-key":
            # Optional in code only, so that a missing one gets a problem of its own.
            parameter |= {"required": True, "schema": {"type": "string"}}
            shared += [IDEMPOTENCY_KEY_MISSING, IDEMPOTENCY_KEY_REUSED]
    if "requestBody" in operation or operation.get("parameters"):
        shared.append(_INVALID_EXAMPLE)
    if "requestBody" in operation:
        shared += [MALFORMED_BODY, BODY_TOO_LARGE]
    for status, answer in problems(*shared).items():
        _merge(answers, str(status), answer)
    if "429" in answers:
        answers["429"] = answers["429"] | {"headers": {"retry-after": _WAIT}}
    operation["responses"] = dict(sorted(answers.items()))
    mark(operation)


def _merge(answers: dict[str, Any], status: str, answer: Mapping[str, Any]) -> None:
    if status not in answers:
        answers[status] = dict(answer)
        return
    known = answers[status].setdefault("content", {}).setdefault(MEDIA_TYPE, {"schema": _REFERENCE})
    known["examples"] = answer["content"][MEDIA_TYPE]["examples"] | known.get("examples", {})


_INVALID_EXAMPLE = INVALID_REQUEST.problem(
    errors=[FieldError("#/coverage_year", "Must be a whole number.", "必须是整数。")]
)
