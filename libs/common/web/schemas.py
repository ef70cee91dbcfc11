"""What the bodies, answers and lists of every API have in common."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Generic, TypeVar

from fastapi import Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError, PydanticKnownError

from libs.common.clock import SHANGHAI
from libs.common.security.masking import mask_identities, mask_text

Item = TypeVar("Item")

#: There was no such contribution before; near year 1 an instant cannot even be read back from the database.
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


class Body(BaseModel):
    """A request of our own API. Unknown members are refused: a misspelled one alters amounts."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Answer(BaseModel):
    """An answer of our API."""

    model_config = ConfigDict(from_attributes=True)


def shanghai(instant: datetime) -> str:
    """Write an instant as every answer does: `2019-11-20T10:00:00+08:00`."""
    return instant.astimezone(SHANGHAI).isoformat()


#: An instant in an answer.
Instant = Annotated[
    datetime,
    PlainSerializer(shanghai, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2019-11-20T10:00:00+08:00"]}),
]

_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:[Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)


def text_instant(value: object) -> object:
    """Let instants pass as text with a date and a time: a number could be seconds or milliseconds."""
    if isinstance(value, datetime) or (isinstance(value, str) and _INSTANT.fullmatch(value)):
        return value
    raise PydanticCustomError("datetime_type", "Must be an instant such as 2019-11-20T10:00:00+08:00.")


def in_utc(instant: datetime) -> datetime:
    """The same instant in UTC: offsets that no clock has are beyond what the database reads.

    What lies outside of 2000 to 2200 stays as it is, for whoever refuses it; near year 1 or 9999 it has no
    form in UTC.
    """
    plainly = EARLIEST.year < instant.year < LATEST.year - 1  # whatever its offset; comparing zones is dear
    return instant.astimezone(UTC) if plainly or EARLIEST <= instant < LATEST else instant


def bounded(instant: datetime) -> datetime:
    """Let instants pass from 2000 until 2200; JSON Schema has no word for such bounds."""
    if instant < EARLIEST:
        raise PydanticKnownError("greater_than_equal", {"ge": EARLIEST.isoformat()})
    if instant >= LATEST:
        raise PydanticKnownError("less_than", {"lt": LATEST.isoformat()})
    return instant


#: An instant as others write it, in UTC where it lies between 2000 and 2200; whoever takes it bounds it.
WrittenInstant = Annotated[
    AwareDatetime,
    BeforeValidator(text_instant, json_schema_input_type=AwareDatetime),
    AfterValidator(in_utc),
]
#: An instant in a request: text with an offset, between 2000 and 2200.
GivenInstant = Annotated[WrittenInstant, AfterValidator(bounded)]


def bounded_day(day: date) -> date:
    """Let days pass from 2000 until 2199: the first and the last day of all have no instant of ours."""
    if day < EARLIEST.date():
        raise PydanticKnownError("greater_than_equal", {"ge": EARLIEST.date().isoformat()})
    if day >= LATEST.date():
        raise PydanticKnownError("less_than", {"lt": LATEST.date().isoformat()})
    return day


#: A day in a request, between 2000 and 2200.
GivenDay = Annotated[date, AfterValidator(bounded_day)]

#: Text that can be stored: no NUL, no lone surrogate.
Text = Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]

#: What somebody writes for the record: numbers of people in it are hidden before anything is kept or told.
#: The document of the API says so of each (`x-masked`), and a test that nothing free is without.
FreeText = Annotated[Text, AfterValidator(mask_text), Field(json_schema_extra={"x-masked": True})]
#: The number on somebody else's paper; should it hold an identity number, that is masked.
PaperNumber = Annotated[Text, AfterValidator(mask_identities), Field(json_schema_extra={"x-masked": True})]

CountyCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
CoverageYear = Annotated[int, Field(ge=2000, le=2100)]
#: An id that the database gave.
Id = Annotated[int, Field(ge=1, le=2**63 - 1)]

After = Annotated[str | None, Query(description="`next_after` of the page before", max_length=200)]
#: `after` of a list that is in the order of an id.
NumberAfter = Annotated[
    str | None, Query(description="`next_after` of the page before", pattern=r"^[0-9]{1,18}$")
]
Limit = Annotated[int, Query(description="at most so many items", ge=1, le=1_000)]


class Page(BaseModel, Generic[Item]):
    """A part of a list. `next_after` continues it when given as `after`; null says that this is the end."""

    items: Sequence[Item]
    next_after: str | None = None


def number_after(after: str | None) -> int:
    """The id after which a page begins."""
    return int(after or 0)
