"""Phones for reminders as the API takes and shows them."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from libs.common.web.schemas import Answer, Body, CoverageYear, Instant, Page, Text
from services.registration.examples import Example, shown

_CONTACT: Example = {
    "contact_id": 7,
    "person_id": 101,
    "coverage_year": 2020,
    "phone": "138****0000",
    "given_by": "minshuitong",
    "given_at": "2019-11-20T10:00:00+08:00",
    "withdrawn_by": None,
    "withdrawn_at": None,
}


class NewContact(Body):
    """A phone, and that the person agrees to be reminded under it for one coverage year."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"coverage_year": 2020, "phone": "13800000000", "consent": True}]}
    )

    coverage_year: CoverageYear
    phone: Annotated[
        Text,
        Field(
            pattern=r"^(1[3-9][0-9]{9}|0[0-9]{2,3}-?[0-9]{7,8})$",
            description="a mobile number, or one with its area code",
        ),
    ]
    consent: Literal[True] = Field(description="the person was asked, and agreed; else nothing is kept")


class WithdrawnContact(Body):
    """For which coverage year somebody agrees no more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"coverage_year": 2020}]})

    coverage_year: CoverageYear


class Contact(Answer):
    """A consent to reminders, standing or withdrawn. Without `pii:read` the phone is masked."""

    model_config = shown(_CONTACT)

    contact_id: int
    person_id: int
    coverage_year: int
    phone: str | None = Field(description="null: withdrawn, or its time was over")
    given_by: str
    given_at: Instant
    withdrawn_by: str | None = None
    withdrawn_at: Instant | None = None


class Contacts(Page[Contact]):
    """Consents of one person, the newest first."""

    model_config = shown({"items": [_CONTACT], "next_after": None})
