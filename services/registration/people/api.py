"""HTTP for people: search, look-up and correction. Every look-up is audited."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from libs.common.clock import business_date
from libs.common.names import normalize_name
from libs.common.security.access import check_division
from libs.common.security.audit import record_lookup
from libs.common.web.catalogue import INVALID_REQUEST, OUTSIDE_DIVISION
from libs.common.web.openapi import problems
from services.registration.asking import Context, Reader, Writer
from services.registration.assessments import store as assessments
from services.registration.households.examples import MEMBER_SCHEMA
from services.registration.people import store
from services.registration.people.problems import (
    NOTHING_TO_CORRECT,
    PERSON_NOT_FOUND,
)
from services.registration.people.rules import (
    SEXES,
    Faults,
    read_date,
    read_facts,
    read_name,
    read_number,
)
from services.registration.people.schemas import PersonOut, view
from services.registration.registering.changes_store import Corrected, correct
from services.registration.registering.store import take_turn

router = APIRouter(prefix="/v1", tags=["people"])


class PersonSearch(BaseModel):
    """Number and name must both fit: who knows only one of them finds nobody."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"id_number": "11010519491231002X", "name": "张三"}}
    )

    id_number: str = Field(min_length=1, max_length=40)
    name: str = Field(min_length=1, max_length=60)
    purpose: str | None = Field(default=None, max_length=200, description="kept with the audit record")


class PersonsFound(BaseModel):
    """The people found; `outside_division` counts those registered where the caller may not look."""

    persons: list[PersonOut]
    outside_division: int = Field(default=0, examples=[0])


@router.post("/persons/search")
async def search_persons(wanted: PersonSearch, context: Context, caller: Reader) -> PersonsFound:
    """Find a person by ID number and name. The search is audited, whether or not it finds somebody."""
    now = context.clock.now()
    faults = Faults()
    document = read_number(None, wanted.id_number, business_date(now), "#/id_number", faults)
    if document is None:
        raise INVALID_REQUEST.problem(errors=faults.found)
    name = normalize_name(wanted.name)
    async with context.engine.begin() as conn:
        found = [
            p
            for p in await store.find(conn, str(document.type), document.number)
            if normalize_name(p.name) == name
        ]
        seen = [p for p in found if caller.sees(p.division_code)]
        await record_lookup(
            conn,
            caller,
            operation="search_persons",
            at=now,
            person_ids=[p.id for p in seen],
            query_digest=context.digests.document(document),
            purpose=wanted.purpose,
        )
        return PersonsFound(
            persons=[await view(conn, caller, p) for p in seen], outside_division=len(found) - len(seen)
        )


@router.get("/persons/{person_id}", responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION))
async def get_person(person_id: int, context: Context, caller: Reader) -> PersonOut:
    """Look up a person. Numbers are masked unless the token has pii:read; the look-up is audited."""
    async with context.engine.begin() as conn:
        person = await store.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        await record_lookup(
            conn, caller, operation="get_person", at=context.clock.now(), person_ids=[person_id]
        )
        return await view(conn, caller, person)


_CORRECTION = {
    "properties": {
        name: schema
        for name, schema in MEMBER_SCHEMA["properties"].items()
        if name not in ("documents", "guardian")
    },
    "example": {"name": "张三丰", "employee_insurance": {"state": "active"}},
}


class CorrectionIn(BaseModel):
    """What is corrected: name, sex, born or facts. What is left out stays."""

    model_config = ConfigDict(extra="allow", json_schema_extra=_CORRECTION)


@router.patch(
    "/persons/{person_id}", responses=problems(PERSON_NOT_FOUND, OUTSIDE_DIVISION, NOTHING_TO_CORRECT)
)
async def correct_person(
    person_id: int, correction: CorrectionIn, context: Context, caller: Writer
) -> PersonOut:
    """Correct a person on record. Open enrollments are assessed again; what was known before is kept."""
    given = correction.model_extra or {}
    now = context.clock.now()
    faults = Faults()
    name = read_name(given["name"], "#/name", faults) if "name" in given else None
    born = read_date(given.get("born"), "#/born", faults)
    sex = given.get("sex")
    if sex is not None and sex not in SEXES:
        faults.add("#/sex", "must be female or male", "只能为 female 或 male")
    facts = read_facts(given, "#", faults)
    if faults:
        raise INVALID_REQUEST.problem(errors=faults.found)
    if not (name or born or sex or facts):
        raise NOTHING_TO_CORRECT.problem()
    async with context.engine.begin() as conn:
        person = await store.one(conn, person_id)
        if person is None:
            raise PERSON_NOT_FOUND.problem()
        check_division(caller, person.division_code)
        await take_turn(conn, person.county)
        person = await store.one(conn, person_id)
        corrected = Corrected(person_id, name, sex, born, person.facts | facts if facts else None)
        await correct(conn, [corrected], now)
        await assessments.enqueue(
            conn, await store.open_enrollments(conn, [person_id]), "data_corrected", now
        )
        await record_lookup(conn, caller, operation="correct_person", at=now, person_ids=[person_id])
        return await view(conn, caller, await store.one(conn, person_id))
