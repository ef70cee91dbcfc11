"""Tells the services the steps of a life, one after the other."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import httpx
from sqlalchemy import RowMapping

from canbao.simulate import telling
from canbao.simulate.cash import Deposited, DepositWithdrawn, LateDecided, Payment
from canbao.simulate.counters import Counters
from canbao.simulate.county import County, StepRefused
from canbao.simulate.life import (
    BankAnswered,
    CardGiven,
    Closed,
    Decided,
    Delisted,
    Died,
    GivenBack,
    InsuredAsEmployee,
    Life,
    Listed,
    Paid,
    PaidFor,
    PaidTogether,
    Paper,
    RefundAsked,
    RefundDecided,
    Registered,
    SentToBank,
    Step,
    paid_for,
)
from canbao.simulate.offices import Offices
from canbao.simulate.papers import Papers
from canbao.simulate.terms import AT_THE_END
from libs.common.policy import Notice

#: What is sent to a service.
Body: TypeAlias = dict[str, Any]


@dataclass
class Player:
    """Plays one life in a county of its own, which has this code."""

    county: County
    life: Life
    code: str
    papers: Mapping[int, Papers]
    supplied: Mapping[str, int]
    #: Who lives in which household, in the order in which they came.
    homes: dict[int, int] = field(default_factory=dict)
    #: Who is registered with a name that is not theirs, or with a paper that is not their number.
    misnamed: set[int] = field(default_factory=set)
    under: dict[int, Paper | None] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)
    #: The households of which somebody was registered.
    founded: set[int] = field(default_factory=set)
    person_ids: dict[int, int] = field(default_factory=dict)
    #: The records that went into another one.
    merged: set[int] = field(default_factory=set)
    #: The numbers of payments that were taken by hand, by transaction.
    numbers: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.offices = Offices(self.county, self.code, self.life.year, self.numbers)
        self.counters = Counters(self)

    async def play(self) -> None:
        """Tell every step, and let everything come to rest."""
        if self.supplied:
            await telling.supply(self)
        for step in self.life.steps:
            await self._tell(step)
            await self.county.settle(look=False)
        await self.county.nothing_parked()
        await self.offices.close(AT_THE_END)

    async def _tell(self, step: Step) -> None:
        match step:
            case Registered():
                await self._register(step)
            case Listed() | Delisted():
                await self._roster(step)
            case InsuredAsEmployee():
                await self.happened(step, "employee_insurance_began", step.on)
            case Died():
                await self.happened(step, "died", step.on)
                self.dead |= {step.person} & self.homes.keys()
            case Paid(instrument=None) | PaidTogether(instrument=None):
                await self._pay(step)
            case GivenBack(reason=None):
                await self._give_back(step)
            case Paid() | PaidTogether() | GivenBack() | LateDecided() | Deposited() | DepositWithdrawn():
                await self.counters.tell(step)
            case Decided() if step.person in self.person_ids:
                await self.offices.decide(step, await self.enrollment_id(step.person))
            case RefundAsked() | RefundDecided() if step.person in self.person_ids:
                await self._refund(step)
            case CardGiven() if step.person in self.person_ids:
                await self.offices.give_card(step, self.number(step.person), self.name(step.person))
            case SentToBank():
                await self.offices.send(step)
            case BankAnswered():
                await self.offices.answer(step, self.person_ids)
            case Closed():
                await self.offices.close(step.at)
            case _:
                await telling.tell(self, step)

    async def _register(self, step: Registered) -> None:
        person = step.person
        if person not in self.homes:
            self.homes[person], self.under[person] = step.household, step.under
            self.misnamed |= {person} if step.misnamed else set()
        home = self.homes[person]
        self.founded.add(home)
        head = next((one for one in self.members(home) if one not in self.dead), person)
        facts = dict(step.facts)
        row = self.household(home, head, dict.fromkeys((head, person)))
        row["members"][-1] |= facts
        await self.send_household(step, row)
        body: Body = {"id_number": self.number(person), "name": self.name(person)}
        found = await self.county.expect("registration", "POST", "/v1/persons/search", step.at, body)
        self.person_ids[person] = found["items"][0]["person_id"]
        enroll: Body = {
            "person_id": self.person_ids[person],
            "county": self.code,
            "coverage_year": self.life.year,
        } | ({} if step.tier is None else {"tier": step.tier})
        await self.county.expect("registration", "POST", "/v1/enrollments", step.at, enroll)

    def household(self, home: int, head: int, members: Iterable[int]) -> Body:
        """The list of a household, with some or all of its members."""
        return {
            "household_no": f"{self.code}-{home}",
            "division_code": self.village(home),
            "head": self.number(head),
            "members": [self.member(one) for one in members],
        }

    async def send_household(self, step: Step, row: Body) -> None:
        """Send the list of a household. Raises StepRefused."""
        answer = await self.county.expect("registration", "POST", "/v1/households:batch", step.at, [row])
        if answer["rejected"]:
            raise StepRefused(f"{step}: {answer['rejected']}")

    def members(self, home: int) -> list[int]:
        """Who lives in a household, in the order in which they came."""
        return [person for person, one in self.homes.items() if one == home]

    def number(self, person: int) -> str:
        """The number by which somebody is registered, or would be."""
        return self.papers[person].numbered(self.under.get(person))

    def name(self, person: int) -> str:
        """The name by which somebody is registered."""
        return self.papers[person].name(person in self.misnamed)

    def member(self, person: int) -> Body:
        """A member on the list of a household."""
        under, papers = self.under.get(person), self.papers[person]
        kind = "birth_certificate" if under == "certificate" else "resident_id"
        about: Body = {"name": self.name(person), "born": papers.born.isoformat(), "sex": "female"}
        return about | {"documents": [{"type": kind, "number": self.number(person)}]}

    def notice(self) -> Notice:
        """By which notice the life is played."""
        return self.county.services["registration"].context.notices[(self.code, self.life.year)]

    def village(self, home: int) -> str:
        """Where a household lives: every third in another place."""
        division, place = self.notice().division, 2 if home % 3 == 0 else 1
        if len(division) == 4:
            division += "02"  # of a city, its first district
        if len(division) == 6:
            return f"{division}10{place}201"
        return f"{division}00{place}"[:12].ljust(12, "0")

    async def _roster(self, step: Listed | Delisted) -> None:
        row: Body = {"id_number": self.papers[step.person].numbered(step.under)}
        if isinstance(step, Listed):
            row |= telling.listed(step)
            row |= {"ended_on": step.ended_on.isoformat()} if step.ended_on else {}
        else:
            # A row has both days; what ends is told by the second.
            row |= {"effective_on": step.ended_on.isoformat(), "ended_on": step.ended_on.isoformat()}
        await self.send_roster(step, step.status, step.listed_on, [row])

    async def send_roster(self, step: Step, status: str, listed_on: date, rows: Sequence[Body]) -> None:
        """Send a roster. Raises StepRefused."""
        modes = {Listed: "add", Delisted: "remove"}
        roster: Body = {
            "county": self.code,
            "coverage_year": self.life.year,
            "status": status,
            "department": self.notice().statuses[status].department,
            "listed_on": listed_on.isoformat(),
            "mode": modes.get(type(step), "replace"),
            "receipt": "R",
            "rows": list(rows),
        }
        answer = await self.county.expect("registration", "POST", "/v1/rosters", step.at, roster)
        if answer["rejected"] and not isinstance(step, Delisted):
            raise StepRefused(f"{step}: {answer['rejected']}")
        if "approval" in answer:  # of an earlier day, after the window
            approve = f"/v1/approvals/{answer['approval']['approval_id']}/approve"
            second = self.county.second
            await self.county.expect("registration", "POST", approve, step.at, {}, token=second)

    async def happened(self, step: Step, kind: str, on: date) -> None:
        """Tell what happened to somebody."""
        row: Body = {"id_number": self.number(step.person), "kind": kind, "on": on.isoformat()}
        # Of somebody who is not registered yet the desk says that nobody is known.
        await self.county.expect("registration", "POST", "/v1/life-events", step.at, {"rows": [row]})

    async def _pay(self, step: Payment) -> None:
        items = [self.paid(one) for one in paid_for(self.life, step)]
        payment: Body = {
            "transaction_no": f"{self.code}-{step.transaction}",
            "paid_at": step.paid_at.isoformat(),
            "amount_fen": sum(one["amount_fen"] for one in items),
            "county": self.code,
            "coverage_year": self.life.year,
            "items": items,
        }
        _accepted(step, await self.county.pay(payment, step.at))

    def transaction_no(self, transaction: int) -> str:
        """Under which number a payment is on record."""
        return self.numbers.get(transaction, f"{self.code}-{transaction}")

    def paid(self, one: PaidFor) -> Body:
        """The part of a payment for one person."""
        papers = self.papers[one.person]
        number, name = papers.numbered(one.under), papers.name(one.misnamed)
        return {"id_number": number, "name": name, "amount_fen": one.fen}

    async def _give_back(self, step: GivenBack) -> None:
        told: Body = {
            "transaction_no": f"{self.code}-{step.transaction}",
            "return_no": f"{self.code}-R{step.return_no}",
            "returned_at": step.returned_at.isoformat(),
            "amount_fen": step.amount_fen,
        }
        _accepted(step, await self.county.tell("payment.refunded", told, step.at))

    async def _refund(self, step: RefundAsked | RefundDecided) -> None:
        places = [no for number, no in self.life.places(step.person) if number == step.transaction]
        sql = "SELECT id FROM payments WHERE transaction_no = :id"
        rows = await self.rows("collection", sql, self.transaction_no(step.transaction))
        for place in [(row["id"], line_no) for row in rows for line_no in places]:
            if isinstance(step, RefundAsked):
                await self.offices.ask_back(step, place)
            else:
                await self.offices.decide_back(step, place)

    async def enrollment_id(self, person: int) -> int:
        """The enrollment that stands of somebody."""
        sql = "SELECT id FROM enrollments WHERE person_id = :id AND merged_into IS NULL"
        (row,) = await self.rows("registration", sql, self.person_ids[person])
        return int(row["id"])

    async def rows(self, service: str, sql: str, id_: int | str) -> Sequence[RowMapping]:
        """Read from a service's database."""
        return await self.county.services[service].rows(sql, id=id_)


def _accepted(step: Step, answer: httpx.Response) -> None:
    if answer.status_code not in (200, 202):
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")
