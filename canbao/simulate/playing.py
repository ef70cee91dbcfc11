"""Tells the services the steps of a life, one after the other, and asks them where each person stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias

import httpx
from sqlalchemy import RowMapping

from canbao.simulate.books import Totals
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
    PaidTogether,
    RefundAsked,
    RefundDecided,
    Registered,
    SentToBank,
    Step,
)
from canbao.simulate.offices import Offices
from canbao.simulate.outcomes import Help, Line, Outcome
from canbao.simulate.terms import AT_THE_END
from libs.common.identity import compose_resident_id
from libs.common.policy import Notice

_NAMES = ("张一", "王二", "李三", "赵四", "周五", "吴六")
_PEOPLE_A_DAY = 499
#: What is sent to a service.
Body: TypeAlias = dict[str, Any]


@dataclass
class Numbers:
    """Gives identity numbers that nobody had before, in one installation."""

    given: int = 0

    def next(self) -> tuple[str, date]:
        """A number and the birthday in it."""
        self.given += 1
        area, sequence = divmod(self.given, _PEOPLE_A_DAY)
        born = date(1980, 6, 15)
        return compose_resident_id(f"35{area // 100 % 100:02d}{area % 100:02d}", born, 2 * sequence), born


@dataclass
class Player:
    """Plays one life in a county of its own, which has this code."""

    county: County
    life: Life
    code: str
    numbers: Mapping[int, str]
    households: dict[int, list[int]] = field(default_factory=dict)
    person_ids: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.offices = Offices(self.county, self.code, self.life.year)

    async def play(self) -> None:
        """Tell every step, and let everything come to rest."""
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
                await self._happened(step, "employee_insurance_began", step.on)
            case Died():
                await self._happened(step, "died", step.on)
            case Paid() | PaidTogether():
                await self._pay(step)
            case GivenBack():
                await self._give_back(step)
            case Decided() if step.person in self.person_ids:
                await self.offices.decide(step, await self._enrollment_id(step.person))
            case RefundAsked() | RefundDecided() if step.person in self.person_ids:
                await self._refund(step)
            case CardGiven() if step.person in self.person_ids:
                await self.offices.give_card(step, self.numbers[step.person], _name(step.person))
            case SentToBank():
                await self.offices.send(step)
            case BankAnswered():
                await self.offices.answer(step, self.person_ids)
            case Closed():
                await self.offices.close(step.at)

    async def _register(self, step: Registered) -> None:
        members = self.households.setdefault(step.household, [])
        members += [step.person] if step.person not in members else []
        head = members[0]
        row: Body = {
            "household_no": f"{self.code}-{step.household}-{head}",
            "division_code": self._village(),
            "head": self.numbers[head],
            "members": [self._member(number) for number in dict.fromkeys((head, step.person))],
        }
        answer = await self.county.expect("registration", "POST", "/v1/households:batch", step.at, [row])
        if answer["rejected"]:
            raise StepRefused(f"{step}: {answer['rejected']}")
        body: Body = {"id_number": self.numbers[step.person], "name": _name(step.person)}
        found = await self.county.expect("registration", "POST", "/v1/persons/search", step.at, body)
        self.person_ids[step.person] = found["items"][0]["person_id"]
        enroll: Body = {
            "person_id": self.person_ids[step.person],
            "county": self.code,
            "coverage_year": self.life.year,
        } | ({} if step.tier is None else {"tier": step.tier})
        await self.county.expect("registration", "POST", "/v1/enrollments", step.at, enroll)

    def _member(self, person: int) -> Body:
        document = {"type": "resident_id", "number": self.numbers[person]}
        return {"name": _name(person), "documents": [document], "hukou": "county"}

    def _notice(self) -> Notice:
        return self.county.services["registration"].context.notices[(self.code, self.life.year)]

    def _village(self) -> str:
        division = self._notice().division
        if len(division) == 4:
            division += "02"  # of a city, its first district
        return (division + "101201")[:12] if len(division) == 6 else (division + "001")[:12].ljust(12, "0")

    async def _roster(self, step: Listed | Delisted) -> None:
        row: Body = {"id_number": self.numbers[step.person]}
        if isinstance(step, Listed):
            row |= {"effective_on": step.effective_on.isoformat()}
            row |= {"class": step.status_class} if step.status_class else {}
            row |= {"grade": step.grade} if step.grade else {}
        else:
            # A row has both days; what ends is told by the second.
            row |= {"effective_on": step.ended_on.isoformat(), "ended_on": step.ended_on.isoformat()}
        roster: Body = {
            "county": self.code,
            "coverage_year": self.life.year,
            "status": step.status,
            "department": self._notice().statuses[step.status].department,
            "listed_on": step.listed_on.isoformat(),
            "mode": "add" if isinstance(step, Listed) else "remove",
            "receipt": "R",
            "rows": [row],
        }
        answer = await self.county.expect("registration", "POST", "/v1/rosters", step.at, roster)
        if answer["rejected"] and isinstance(step, Listed):
            raise StepRefused(f"{step}: {answer['rejected']}")
        if "approval" in answer:  # of an earlier day, after the window
            approve = f"/v1/approvals/{answer['approval']['approval_id']}/approve"
            second = self.county.second
            await self.county.expect("registration", "POST", approve, step.at, {}, token=second)

    async def _happened(self, step: Step, kind: str, on: date) -> None:
        row: Body = {"id_number": self.numbers[step.person], "kind": kind, "on": on.isoformat()}
        # Of somebody who is not registered yet the desk says that nobody is known.
        await self.county.expect("registration", "POST", "/v1/life-events", step.at, {"rows": [row]})

    async def _pay(self, step: Paid | PaidTogether) -> None:
        parts = ((step.person, step.amount_fen),) if isinstance(step, Paid) else step.parts
        items: list[Body] = [
            {"id_number": self.numbers[person], "name": _name(person), "amount_fen": fen}
            for person, fen in parts
        ]
        payment: Body = {
            "transaction_no": f"{self.code}-{step.transaction}",
            "paid_at": step.paid_at.isoformat(),
            "amount_fen": sum(fen for _, fen in parts),
            "county": self.code,
            "coverage_year": self.life.year,
            "items": items,
        }
        _accepted(step, await self.county.pay(payment, step.at))

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
        rows = await self._rows("collection", sql, f"{self.code}-{step.transaction}")
        for place in [(row["id"], line_no) for row in rows for line_no in places]:
            if isinstance(step, RefundAsked):
                await self.offices.ask_back(step, place)
            else:
                await self.offices.decide_back(step, place)

    async def outcomes(self) -> dict[int, Outcome]:
        """Where each person's year stands, by all services."""
        return {person: await self._outcome(person) for person in self.life.people}

    async def _outcome(self, person: int) -> Outcome:
        lines = await self._lines(person)
        if person not in self.person_ids:
            return Outcome("unregistered", None, None, lines, [], [])
        (row,) = await self._rows(
            "registration",
            "SELECT id, state, benefit_from, benefit_to FROM enrollments WHERE person_id = :id",
            self.person_ids[person],
        )
        enrollment_id = row["id"]
        due = await self._rows(
            "collection", "SELECT state FROM dues WHERE enrollment_id = :id", enrollment_id
        )
        return Outcome(
            state=_together(row["state"], due[0]["state"]),
            benefit_from=row["benefit_from"] and row["benefit_from"].isoformat(),
            benefit_to=row["benefit_to"] and row["benefit_to"].isoformat(),
            lines=lines,
            helps=await self._helps(enrollment_id),
            cases=await self._cases(person, enrollment_id),
            refunds=await self.offices.refunds(self.person_ids[person]),
            payouts=await self.offices.payouts(enrollment_id),
        )

    async def _enrollment_id(self, person: int) -> int:
        sql = "SELECT id FROM enrollments WHERE person_id = :id"
        (row,) = await self._rows("registration", sql, self.person_ids[person])
        return int(row["id"])

    async def handovers(self) -> dict[str, Totals]:
        """What was handed over."""
        return await self.offices.handovers()

    async def _lines(self, person: int) -> list[Line]:
        found: list[Line] = []
        for number, line_no in self.life.places(person):
            rows = await self._rows(
                "collection",
                "SELECT l.*, l.line_no = right(:id, 2)::int AS is_it FROM payment_lines l "
                "JOIN payments p ON p.id = l.payment_id WHERE p.transaction_no = left(:id, -3)",
                f"{self.code}-{number}-{line_no:02d}",
            )
            for row in rows:
                if not row["is_it"]:
                    continue
                line = Line(number, row["paid_at"], row["amount_fen"], row["refunded_fen"], row["state"])
                line.reason = row["reason"] if line.state != "applied" else None
                found.append(line)
        return found

    async def _helps(self, enrollment_id: int) -> list[Help]:
        rows = await self._rows(
            "subsidy",
            "SELECT payer, mechanism, sum(amount_fen) AS fen FROM grants WHERE enrollment_id = :id "
            "AND revoked_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
            enrollment_id,
        )
        return [Help(row["payer"], row["mechanism"], int(row["fen"])) for row in rows]

    async def _cases(self, person: int, enrollment_id: int) -> list[str]:
        rows = await self._rows(
            "registration", "SELECT kind FROM cases WHERE subject = :id AND state = 'open' ORDER BY kind",
            f"enrollments/{enrollment_id}",
        )  # fmt: skip
        return sorted([*(row["kind"] for row in rows), *await self.offices.cases(self.person_ids[person])])

    async def _rows(self, service: str, sql: str, id_: int | str) -> Sequence[RowMapping]:
        return await self.county.services[service].rows(sql, id=id_)


def _name(person: int) -> str:
    return _NAMES[person - 1]


def _together(registration: str, collection: str) -> str:
    """One word for what both services say; both words where they do not agree."""
    # Of withdrawn cover the money may still be here, and is given back some time.
    agreed = registration == "withdrawn" or {"assessed": "open"}.get(registration, registration) == collection
    return registration if agreed else f"{registration}, and {collection} by collection"


def _accepted(step: Step, answer: httpx.Response) -> None:
    if answer.status_code not in (200, 202):
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")
