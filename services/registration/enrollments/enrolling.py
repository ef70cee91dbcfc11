"""Enrolls a registered person for a year, or changes what the person has chosen."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from libs.common.identity import Document, DocumentType
from libs.common.security.digests import Digests
from services.registration.enrollments import store
from services.registration.enrollments.store import Enrollment
from services.registration.people import store as people
from services.registration.people.rules import Described
from services.registration.people.store import Person
from services.registration.registering.admission import Admission
from services.registration.registering.plan import Row, Wish
from services.registration.registering.registering import register


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The enrollment as it stands, and whether it is new."""

    enrollment: Enrollment
    is_new: bool


async def enroll(
    conn: AsyncConnection,
    digests: Digests,
    person: Person,
    county: str,
    wish: Wish,
    admission: Admission,
    now: datetime,
) -> Enrolled:
    """Enroll one person, within the caller's transaction. Raises the problem for which it is refused."""
    row = await _row_of(conn, person, county, wish)
    plan = await register(conn, digests, person.county, [row], admission, now, whole_units=True)
    if plan.rejected:
        raise plan.rejected[0].problem
    enrollment = await store.of_year(conn, person.id, person.county, wish.coverage_year)
    assert enrollment is not None, "what is not rejected is enrolled"
    return Enrolled(enrollment, any(planned.kind == "new" for planned in plan.enrollments))


async def _row_of(conn: AsyncConnection, person: Person, county: str, wish: Wish) -> Row:
    """The row that says about the person what is on record already."""
    documents = tuple(
        [Document(DocumentType(d.type), d.number) for d in await people.documents(conn, person.id)]
    )
    return Row(
        line=0,
        unit=0,
        county=county,
        household_no=person.household_no,
        division_code=person.division_code,
        address=None,
        head=False,
        person=Described(person.name, person.sex, person.born, documents, {}),
        wish=wish,
    )
