"""Finds a person as a caller on the telephone names them; what is asked for goes into no address."""

from services.console.apis.asking import Asking
from services.console.apis.rules import Refused
from services.console.persons.rules import is_transaction
from services.console.persons.schemas import ListedRows, Notice, Notices, Payments, Persons, Voucher

#: What stands in the audit where the visitor wrote no purpose.
_PURPOSE = "console"


async def by_number(asking: Asking, id_number: str, name: str, purpose: str) -> list[int]:
    """By number and name together: who knows only one of them finds nobody. Raises ServiceAway, Refused."""
    body = {"id_number": id_number, "name": name, "purpose": purpose or _PURPOSE}
    found = await asking.post(Persons, "registration", "/v1/persons/search", body)
    return [one.person_id for one in found.items]


async def by_paper(asking: Asking, number: str) -> list[int]:
    """By the number of a voucher, or of a transaction. Raises ServiceAway, Refused."""
    if not is_transaction(number):
        try:
            voucher = await asking.get(Voucher, "collection", f"/v1/vouchers/{number}")
        except Refused as refused:
            # Or it is the number of a transaction that only looks like one of ours.
            if refused.status not in (404, 422):
                raise
        else:
            return [] if voucher.person_id is None else [voucher.person_id]
    found = await asking.get(Payments, "collection", "/v1/payments", {"transaction_no": number})
    people = [line.person_id for one in found.items for line in one.lines]
    return list(dict.fromkeys(person_id for person_id in people if person_id is not None))


async def by_village(asking: Asking, season: Notice, division_code: str, name: str) -> ListedRows:
    """By the name in a village's list of a season. Raises ServiceAway, Refused."""
    body = {"county": season.county, "coverage_year": season.coverage_year, "name": name}
    body |= {"division_code": division_code} if division_code else {}
    return await asking.post(ListedRows, "registration", "/v1/surveys/search", body)


async def seasons(asking: Asking) -> list[Notice]:
    """The seasons of the visitor's counties, newest first. Raises ServiceAway, Refused."""
    found = (await asking.get(Notices, "registration", "/v1/notices")).items
    own = asking.visitor.division.removeprefix("*")
    seen = [one for one in found if one.division.startswith(own) or own.startswith(one.division)]
    return sorted(seen, key=lambda one: (-one.coverage_year, one.county))
