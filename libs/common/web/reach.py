"""How an operation is bound to the division of who asks: read off what it declares, or said by a mark.

The mark is `openapi_extra` of a route; every operation of a document has one of them as `x-division`.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from libs.common.web.catalogue import OUTSIDE_DIVISION
from libs.common.web.problems import MEDIA_TYPE

_NAME = "x-division"


class Reach(StrEnum):
    """What of elsewhere an operation shows or changes."""

    #: It asks for no token: whoever has the paper, the signature or the network may ask.
    OPEN = "open"
    #: It is about no place: whatever the division, the answer is the same.
    ANY = "any"
    #: What belongs to a county as a whole: the token has to hold all of the county.
    COUNTY = "county"
    #: What a county tells all its townships: the division has to lie in the county, or hold it.
    SHARED = "shared"
    #: What lies elsewhere is refused where it is named, and left out of lists.
    OWN = "own"
    #: What lies elsewhere is left out, or is as if it were not there.
    ROWS = "rows"


#: Marks of routes, for what cannot be read off them.
ANY: dict[str, Any] = {_NAME: Reach.ANY.value}
COUNTY: dict[str, Any] = {_NAME: Reach.COUNTY.value}
SHARED: dict[str, Any] = {_NAME: Reach.SHARED.value}


def mark(operation: dict[str, Any]) -> None:
    """Have an operation of a document say how it is bound, unless it is marked."""
    operation.setdefault(_NAME, _read_off(operation).value)


def reach_of(operation: Mapping[str, Any]) -> Reach:
    """How an operation of a document is bound."""
    return Reach(operation[_NAME])


def refuses(operation: Mapping[str, Any]) -> bool:
    """Whether a mark says that it answers 403 to who is of elsewhere."""
    return operation.get(_NAME) in (Reach.COUNTY, Reach.SHARED)


def _read_off(operation: Mapping[str, Any]) -> Reach:
    if not operation["security"]:
        return Reach.OPEN
    refusals = operation["responses"].get("403", {}).get("content", {}).get(MEDIA_TYPE, {})
    return Reach.OWN if OUTSIDE_DIVISION.slug in refusals.get("examples", {}) else Reach.ROWS
