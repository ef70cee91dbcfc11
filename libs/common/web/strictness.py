"""Refuses query parameters that an operation does not know, and one parameter given twice.

A misspelled filter would otherwise be dropped, and a list would show what was not asked for.
"""

from collections.abc import Iterator

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from libs.common.web.catalogue import INVALID_REQUEST
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


def _names(dependant: Dependant) -> Iterator[str]:
    """The query parameters of an operation and of everything that it depends on."""
    yield from (field.alias for field in dependant.query_params)
    for needed in dependant.dependencies:
        yield from _names(needed)
