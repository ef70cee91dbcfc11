"""Villages that ask every household before the season, and go to who has not paid in its last days."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from canbao.demo.people import Census, Home, Resident
from canbao.demo.profiles import Profile
from canbao.demo.steps import Step
from libs.common.clock import business_date

#: After the registrations: the survey is checked against them.
_ASKED_AFTER = timedelta(days=20)
#: Villages find on the printed roster whose name is misspelled, and the bureau mends it before anybody pays.
_REPORTED_AFTER, _MENDED_AFTER = timedelta(days=1), timedelta(days=3)
#: Before the main window ends.
_CHASED_BEFORE = timedelta(days=12)


def village_steps(profile: Profile, census: Census, homes: Mapping[str, Sequence[Home]]) -> Iterator[Step]:
    """Yield the base of each village, with one person whom nobody registered, and who goes to see them."""
    when = profile.registered_at + _ASKED_AFTER
    season = {"county": profile.county, "coverage_year": profile.coverage_year}
    for village, families in sorted(homes.items()):
        stranger = census.resident(business_date(when) - timedelta(days=33 * 365))
        rows = [_row(home, one) for home in families for one in home.members]
        rows.append(_cells("外来1", village, "户主", stranger) | {"answer": "insure", "said_by": "邻居"})
        yield {**season, "do": "survey", "at": when.isoformat(), "rows": rows}
        visited = profile.waves[-1].last - _CHASED_BEFORE
        yield {
            **season,
            "do": "chase",
            "at": visited.isoformat(),
            "id_number": stranger.id_number,
            "kind": "contact",
            "means": "visit",
            "outcome": "promised",
            "next_step": "月底前再入户",
            "next_on": (business_date(visited) + timedelta(days=5)).isoformat(),
        }


def ticket_steps(profile: Profile, homes: Mapping[str, Sequence[Home]]) -> Iterator[Step]:
    """Yield the tickets of villages: a name that is mended, and a move that is refused."""
    season = {"county": profile.county, "coverage_year": profile.coverage_year}
    reported, answered = profile.registered_at + _REPORTED_AFTER, profile.registered_at + _MENDED_AFTER
    everybody = [(home, one) for families in homes.values() for home in families for one in home.members]
    misspelled = [(home, one) for home, one in everybody if one.misspelled]
    for home, one in misspelled:
        right = {"kind": "name", "name": one.name}
        yield season | _ticket(home, one, one.misspelled or "", reported, "姓名与身份证不符", right)
    if not misspelled:
        return
    yield {**season, "do": "answer_tickets", "at": answered.isoformat()}
    home, one = misspelled[0]
    right = {"kind": "household", "household_no": "外来1"}
    yield season | _ticket(home, one, one.name, answered + timedelta(hours=1), "据称已另立户", right)
    yield {
        **season,
        "do": "answer_tickets",
        "at": (answered + timedelta(days=1)).isoformat(),
        "refuse": "该户尚未登记，请先办理登记",
    }


def _ticket(
    home: Home, one: Resident, name: str, at: datetime, wrong: str, correction: Mapping[str, str]
) -> dict[str, object]:
    return {
        "do": "ticket",
        "at": at.isoformat(),
        "id_number": one.id_number,
        "name": name,
        "division_code": home.division_code,
        "wrong": wrong,
        "correction": correction,
        "proofs": [{"kind": "id_card", "note": "已核对原件"}],
    }


def _row(home: Home, one: Resident) -> dict[str, str]:
    head = one is home.members[0]
    cells = _cells(home.household_no, home.division_code, "户主" if head else "成员", one)
    if "employee_insurance" in one.facts:
        proof = {"reason": "employee_insurance", "proof": "参保证明"}
        return cells | {"answer": "not_here", "said_by": "户主", **proof}
    helped = {"answer": "insure_and_subsidize"} if one.tag is not None else {"answer": "insure"}
    return cells | helped | {"said_by": "户主"}


def _cells(household_no: str, village: str, relation: str, one: Resident) -> dict[str, str]:
    return {
        "household_no": household_no,
        "division_code": village,
        "relation": relation,
        "name": one.name,
        "id_number": one.id_number,
        "answer": "",
        "reason": "",
        "proof": "",
        "said_by": "",
    }
