"""Finds a person as a caller on the telephone names them; what is asked for goes into no address."""

from dataclasses import dataclass, field

from services.console.apis.asking import Asking
from services.console.apis.rules import Refused
from services.console.persons.rules import is_transaction
from services.console.persons.schemas import (
    ListedRow,
    ListedRows,
    Notice,
    Notices,
    Payment,
    Payments,
    Persons,
    Voucher,
)

#: What stands in the audit where the visitor wrote no purpose.
_PURPOSE = "console"


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a search found, the lines of a village's list, and money that is nobody's yet."""

    people: list[int] = field(default_factory=list)
    rows: list[ListedRow] = field(default_factory=list)
    arriving: list[Payment] = field(default_factory=list)


async def by_number(asking: Asking, id_number: str, name: str, purpose: str) -> Found:
    """By number and name together: who knows only one of them finds nobody. Raises ServiceAway, Refused."""
    body = {"id_number": id_number, "name": name, "purpose": purpose or _PURPOSE}
    found = await asking.post(Persons, "registration", "/v1/persons/search", body)
    return Found([one.person_id for one in found.items])


async def by_paper(asking: Asking, number: str) -> Found:
    """By the number of a voucher, or of a transaction. Raises ServiceAway, Refused."""
    if not is_transaction(number):
        try:
            voucher = await asking.get(Voucher, "collection", f"/v1/vouchers/{number}")
        except Refused as refused:
            # Or it is the number of a transaction that only looks like one of ours.
            if refused.status not in (404, 422):
                raise
        else:
            return Found([] if voucher.person_id is None else [voucher.person_id])
    found = await asking.get(Payments, "collection", "/v1/payments", {"transaction_no": number})
    people = [line.person_id for one in found.items for line in one.lines]
    known = list(dict.fromkeys(person_id for person_id in people if person_id is not None))
    return Found(known, arriving=[one for one in found.items if one.state == "received"])


async def by_village(asking: Asking, season: Notice, division_code: str, name: str) -> Found:
    """By the name in a village's list of a season. Raises ServiceAway, Refused."""
    body = {"county": season.county, "coverage_year": season.coverage_year, "name": name}
    body |= {"division_code": division_code} if division_code else {}
    rows = (await asking.post(ListedRows, "registration", "/v1/surveys/search", body)).items
    people = [row.person_id for row in rows if row.person_id is not None]
    return Found(people if len(rows) == 1 else [], rows)


async def seasons(asking: Asking) -> list[Notice]:
    """The seasons of the visitor's counties, newest first. Raises ServiceAway, Refused."""
    found = (await asking.get(Notices, "registration", "/v1/notices")).items
    own = asking.visitor.division.removeprefix("*")
    seen = [one for one in found if one.division.startswith(own) or own.startswith(one.division)]
    return sorted(seen, key=lambda one: (-one.coverage_year, one.county))
