"""Whether a row with a number that nobody has means somebody who is registered in its household already."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from libs.common.identity import DocumentType
from libs.common.names import normalize_name
from services.registration.registering import problems as reasons
from services.registration.registering.plan import Known, KnownPerson, Row


def recognize_members(rows: Sequence[Row], known: Known) -> None:
    """Know a person by another document: a newborn's certificate first, the number later.

    Name, day of birth, sex and household have to be the same, with one candidate who has no other number of
    the same kind. Anything less certain is refused with the person whom it may be: never silently two.
    """
    named = {document.number for row in rows for document in row.person.documents}
    for row in rows:
        household = known.households.get(row.home)
        if household is None or any(document.number in known.people for document in row.person.documents):
            continue
        alike = [
            member
            for member in known.members.get(household.id, ())
            if _is_alike(row, member) and not member.numbers & named
        ]
        if not alike:
            renamed = [m for m in known.members.get(household.id, ()) if _may_be_renamed(row, m, named)]
            if renamed:
                row.problem = reasons.CHILD_REGISTERED.problem(person_id=renamed[0].id)
            continue
        kinds = {str(document.type) for document in row.person.documents}
        if len(alike) > 1 or alike[0].kinds & kinds:
            row.problem = reasons.LOOKS_REGISTERED.problem(person_id=alike[0].id)
            continue
        for document in row.person.documents:
            known.people[document.number] = alike[0]


def _may_be_renamed(row: Row, member: KnownPerson, named: AbstractSet[str]) -> bool:
    """Whether a child that has a birth certificate only may be this one under a new name."""
    described = row.person
    return (
        member.kinds == {DocumentType.BIRTH_CERTIFICATE}
        and not member.numbers & named
        and member.born == described.born
        and (described.sex is None or member.sex is None or member.sex == described.sex)
    )


def _is_alike(row: Row, member: KnownPerson) -> bool:
    described = row.person
    return (
        normalize_name(member.name) == normalize_name(described.name)
        and member.born == described.born
        and (described.sex is None or member.sex is None or member.sex == described.sex)
    )
