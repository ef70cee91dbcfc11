"""Refuses query parameters that an operation does not know, and whatever is given twice.

A misspelled filter would otherwise be dropped, and a list would show what was not asked for. Of two members
of one name in a body the last would count: who checked the first one saw another request than we do.
"""

import asyncio
import json
from collections.abc import Iterator
from email.message import Message

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from libs.common.web.catalogue import INVALID_REQUEST, MALFORMED_BODY
from libs.common.web.problems import FieldError


async def refuse_unknown_parameters(request: Request) -> None:
    """A dependency of every operation of our own API. Raises Problem 422 that names each parameter."""
    if not request.url.query:
        return
    route = request.scope.get("route")
    if not isinstance(route, APIRoute):
        return
    known = set(_names(route.dependant))
    given = [name for name, _ in request.query_params.multi_items()]
    faults = [
        FieldError(
            f"query/{name}", "Not a parameter here. Check its spelling.", "接口没有此参数，请检查拼写。"
        )
        for name in dict.fromkeys(given)
        if name not in known
    ]
    faults += [
        FieldError(f"query/{name}", "Given more than once. Send it once.", "重复出现，请只填写一次。")
        for name in dict.fromkeys(given)
        if name in known and given.count(name) > 1
    ]
    if faults:
        raise INVALID_REQUEST.problem(errors=faults)


#: A body so long is looked through in a thread, so that others are answered meanwhile; it takes milliseconds.
_LONG = 200_000


class _Twice(ValueError):
    """A member stands twice in one object; the message is its name."""


async def refuse_doubled_members(request: Request) -> None:
    """A dependency of every operation of our own API. Raises Problem 400."""
    if not _is_json(request.headers.get("content-type", "")):
        return
    body = await request.body()
    try:
        if len(body) > _LONG:
            await asyncio.to_thread(_look_through, body)
        else:
            _look_through(body)
    except _Twice:
        raise MALFORMED_BODY.problem(
            "An object in the body has two members of one name. Send each once.",
            "请求体中有对象的成员名重复，请每个成员只填写一次。",
        ) from None
    except (ValueError, RecursionError):
        return  # whoever reads it says what is wrong


def _look_through(body: bytes) -> None:
    json.loads(body, object_pairs_hook=_without_doubles)


def _is_json(content_type: str) -> bool:
    """Whether FastAPI reads a body as JSON: however it is capitalized, and `application/...+json`, too."""
    message = Message()
    message["content-type"] = content_type
    kind, _, subtype = message.get_content_type().partition("/")
    return kind == "application" and (subtype == "json" or subtype.endswith("+json"))


def _without_doubles(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _Twice
    return members


def _names(dependant: Dependant) -> Iterator[str]:
    """The query parameters of an operation and of everything that it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _names(needed)
