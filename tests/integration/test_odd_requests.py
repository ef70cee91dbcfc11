"""No request that anybody can send is answered with 500, and every refusal says what to mend.

The examples of the documents are sent with one odd value at a time.
"""

import base64
import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any
from urllib.parse import quote

import pytest
from structlog.testing import capture_logs

from canbao.definitions import SERVICES
from canbao.documents import application, openapi_of

SETTINGS = {"subsidy": {"account_key": base64.b64encode(b"\x05" * 32).decode()}}
NOW = "2019-11-20T10:00:00+08:00"


#: What is said of parameters that have to be there, so that the odd one beside them is looked at.
USUAL: dict[str, str] = {
    "person_id": "1",
    "county": "huining",
    "coverage_year": "2021",
    "voucher": "tax_triplicate",
    "division_code": "620422000000",
    "up_to": "2020-11-30",
    "day": "2020-11-20",
    "paid_from": "2020-11-01",
    "paid_to": "2020-11-30",
    "month": "2020-11",
    "channel": "tax",
    "unit_code": "UNIT-1",
}


def nested(depth: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


ODD: dict[str, Any] = {
    "a number beyond 64 bits": 10**30,
    "a number below 64 bits": -(2**70),
    "an ID number as a number": 350426198006152243,
    "a fraction": 0.5,
    "infinity": float("inf"),
    "no number": float("nan"),
    "NUL": "a\x00b",
    "half a pair": "\ud800",
    "5,000 digits": "9" * 5000,
    "digits as an instant": "1574215200",
    "an instant after all time": "9999-12-31T23:59:59-23:59",
    "an instant before all time": "0001-01-01T00:00:00+23:59",
    "a day after all time": "9999-12-31",
    "a day before all time": "0001-01-01",
    "an offset that no clock has": "2019-11-20T10:00:00+16:00",
    "a week": "1980-W24-7",
    "nested": nested(300),
    "deeply nested": nested(5000),
    "an object": {"a": {"b": []}},
    "empty text": "",
    "true": True,
    "null": None,
}


def bodies(operation: dict[str, Any]) -> Iterator[Any]:
    """The examples of what can be sent as JSON."""
    media = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    if "example" in media:
        yield media["example"]
    yield from (one["value"] for one in media.get("examples", {}).values() if "value" in one)


def example_of(document: dict[str, Any], operation: dict[str, Any]) -> Any:
    """An example of the body: of the operation, or of its schema."""
    found = next(bodies(operation), None)
    if found is not None:
        return found
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema.get("example", next(iter(schema.get("examples", [])), None))


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a body."""
    yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from places(member, (*path, name))
    elif isinstance(value, list) and value:
        yield from places(value[0], (*path, 0))


def changed(body: Any, path: tuple[Any, ...], odd: Any) -> Any:
    """A body with something odd in one place."""
    if not path:
        return odd
    body = deepcopy(body)
    within = body
    for step in path[:-1]:
        within = within[step]
    within[path[-1]] = odd
    return body


def needed(parameter: dict[str, Any]) -> bool:
    """Whether a query without it is refused for that alone."""
    return parameter["in"] == "query" and parameter.get("required", False)


def text_of(body: Any) -> bytes:
    """JSON as a careless program writes it; deeper than Python's own writer can."""
    try:
        return json.dumps(body).encode()
    except RecursionError:
        return b""


def posts(service: str) -> list[tuple[str, str]]:
    document = openapi_of(application(service))
    return [
        (method, path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method in ("post", "put", "patch")
        and "application/json" in operation.get("requestBody", {}).get("content", {})
        and "/notifications" not in path
    ]


@pytest.fixture(autouse=True)
def logged() -> Iterator[None]:
    """Print nothing: a trace in colours takes seconds to draw."""
    with capture_logs():
        yield


@pytest.fixture
async def http(service_context, client, request):
    """A client of one service that may do everything."""
    context = await service_context(request.param, **SETTINGS.get(request.param, {}))
    made = await client(context)
    made.headers["canbao-clock"] = NOW
    return made


@pytest.mark.parametrize("http", SERVICES, indirect=True)
class TestOddRequests:
    async def test_are_never_answered_with_500(self, http, request):
        service = request.node.callspec.params["http"]
        document = openapi_of(application(service))
        wrong = []
        for method, path in posts(service):
            body = example_of(document, document["paths"][path][method])
            where = path.replace("{county}", "youxi").replace("{coverage_year}", "2020")
            where = "/".join("1" if part.startswith("{") else part for part in where.split("/"))
            for place in places(body):
                for name, odd in ODD.items():
                    sent = text_of(changed(body, place, odd))
                    answer = await http.request(
                        method, where, content=sent, headers={"content-type": "application/json"}
                    )
                    if answer.status_code >= 500 or (
                        answer.status_code >= 400 and not answer.json().get("title_zh")
                    ):
                        wrong.append((method, path, place, name, answer.status_code))
        assert not wrong, "\n".join(map(str, wrong))

    async def test_with_odd_parameters_are_not_either(self, http, request):
        document = openapi_of(application(request.node.callspec.params["http"]))
        wrong = []
        for path, item in document["paths"].items():
            parameters = item.get("get", {}).get("parameters", [])
            for parameter in parameters:
                for name, odd in ODD.items():
                    told = (
                        ("[" * 300 if isinstance(odd, list) else str(odd))[:6000]
                        .encode("utf-8", "replace")
                        .decode()
                    )
                    where = path
                    query = {one["name"]: USUAL[one["name"]] for one in parameters if needed(one)}
                    if parameter["in"] == "path":
                        where = where.replace(f"{{{parameter['name']}}}", quote(told or "-", safe=""))
                    elif parameter["in"] == "query":
                        query[parameter["name"]] = told
                    for place, usual in USUAL.items():
                        where = where.replace(f"{{{place}}}", usual)
                    where = re.sub(r"\{[^}]*\}", "1", where)
                    answer = await http.get(where, params=query)
                    if answer.status_code >= 500:
                        wrong.append((path, parameter["name"], name, answer.status_code))
        assert not wrong, "\n".join(map(str, wrong))
