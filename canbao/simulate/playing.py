"""Tells the services the steps of a life, one after the other, and asks them where each person stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, TypeAlias

import httpx
from sqlalchemy import RowMapping

from canbao.simulate.county import County, StepRefused
from canbao.simulate.life import (
    Delisted,
    Died,
    GivenBack,
    InsuredAsEmployee,
    Life,
    Listed,
    Paid,
    Registered,
    Step,
)
from canbao.simulate.outcomes import Help, Line, Outcome
from libs.common.identity import compose_resident_id
from libs.common.policy import Notice

_NAMES = ("张一", "王二", "李三", "赵四", "周五", "吴六")
#: After every season.
_AT_THE_END = datetime.fromisoformat("2022-06-01T10:00:00+08:00")
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
    """Plays one life in a county. `tag` keeps its households and payments apart from those of other lives."""

    county: County
    life: Life
    tag: str
    numbers: Mapping[int, str]
    households: dict[int, list[int]] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)

    async def play(self) -> None:
        """Tell every step, and let everything come to rest."""
        for step in self.life.steps:
            await self._tell(step)
            await self.county.settle()

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
                self.dead |= {step.person} & {one for members in self.households.values() for one in members}
            case Paid():
                await self._pay(step)
            case GivenBack():
                await self._give_back(step)

    async def _register(self, step: Registered) -> None:
        members = self.households.setdefault(step.household, [])
        members += [step.person] if step.person not in members else []
        # A list that names the dead would enroll them again.
        head = next(member for member in members if member not in self.dead)
        enroll: Body = {"county": self.life.county, "coverage_year": self.life.year}
        row: Body = {
            "household_no": f"{self.tag}-{step.household}-{head}",
            "division_code": self._village(),
            "head": self.numbers[head],
            "members": [self._member(number) for number in dict.fromkeys((head, step.person))],
            "enroll": enroll if step.tier is None else enroll | {"tier": step.tier},
        }
        answer = await self.county.expect("registration", "POST", "/v1/households:batch", step.at, [row])
        if answer["rejected"]:
            raise StepRefused(f"{step}: {answer['rejected']}")

    def _member(self, person: int) -> Body:
        document = {"type": "resident_id", "number": self.numbers[person]}
        return {"name": _name(person), "documents": [document], "hukou": "county"}

    def _notice(self) -> Notice:
        return self.county.services["registration"].context.notices[(self.life.county, self.life.year)]

    def _village(self) -> str:
        division = self._notice().division
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
            "county": self.life.county,
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

    async def _pay(self, step: Paid) -> None:
        item = {
            "id_number": self.numbers[step.person],
            "name": _name(step.person),
            "amount_fen": step.amount_fen,
        }
        payment: Body = {
            "transaction_no": f"{self.tag}-{step.transaction}",
            "paid_at": step.paid_at.isoformat(),
            "amount_fen": step.amount_fen,
            "county": self.life.county,
            "coverage_year": self.life.year,
            "items": [item],
        }
        _accepted(step, await self.county.pay(payment, step.at))

    async def _give_back(self, step: GivenBack) -> None:
        told: Body = {
            "transaction_no": f"{self.tag}-{step.transaction}",
            "return_no": f"{self.tag}-R{step.return_no}",
            "returned_at": step.returned_at.isoformat(),
            "amount_fen": step.amount_fen,
        }
        _accepted(step, await self.county.tell("payment.refunded", told, step.at))

    async def outcomes(self) -> dict[int, Outcome]:
        """Where each person's year stands, by all services."""
        return {person: await self._outcome(person) for person in self.life.people}

    async def _outcome(self, person: int) -> Outcome:
        lines = await self._lines(person)
        body: Body = {"id_number": self.numbers[person], "name": _name(person)}
        found = await self.county.expect("registration", "POST", "/v1/persons/search", _AT_THE_END, body)
        if not found["items"]:
            return Outcome("unregistered", None, None, lines, [], [])
        (shown,) = found["items"]
        (enrollment,) = shown["enrollments"]
        enrollment_id = enrollment["enrollment_id"]
        (row,) = await self._rows(
            "registration", "SELECT state, benefit_from, benefit_to FROM enrollments WHERE id = :id",
            enrollment_id,
        )  # fmt: skip
        due = await self._rows(
            "collection", "SELECT state FROM dues WHERE enrollment_id = :id", enrollment_id
        )
        return Outcome(
            state=_together(row["state"], due[0]["state"]),
            benefit_from=row["benefit_from"] and row["benefit_from"].isoformat(),
            benefit_to=row["benefit_to"] and row["benefit_to"].isoformat(),
            lines=lines,
            helps=await self._helps(enrollment_id),
            cases=await self._cases(enrollment_id),
        )

    async def _lines(self, person: int) -> list[Line]:
        numbers = [step.transaction for step in self.life.steps if isinstance(step, Paid)]
        of_person = {
            step.transaction for step in self.life.steps if isinstance(step, Paid) and step.person == person
        }
        found: list[Line] = []
        for number in sorted(set(numbers) & of_person):
            rows = await self._rows(
                "collection",
                "SELECT l.* FROM payment_lines l JOIN payments p ON p.id = l.payment_id "
                "WHERE p.transaction_no = :id",
                f"{self.tag}-{number}",
            )
            for row in rows:
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

    async def _cases(self, enrollment_id: int) -> list[str]:
        rows = await self._rows(
            "registration", "SELECT kind FROM cases WHERE subject = :id AND state = 'open' ORDER BY kind",
            f"enrollments/{enrollment_id}",
        )  # fmt: skip
        return [row["kind"] for row in rows]

    async def _rows(self, service: str, sql: str, id_: int | str) -> Sequence[RowMapping]:
        return await self.county.services[service].rows(sql, id=id_)


def _name(person: int) -> str:
    return _NAMES[person - 1]


def _together(registration: str, collection: str) -> str:
    """One word for what both services say; both words where they do not agree."""
    agreed = {"assessed": "open"}.get(registration, registration) == collection
    return registration if agreed else f"{registration}, and {collection} by collection"


def _accepted(step: Step, answer: httpx.Response) -> None:
    if answer.status_code not in (200, 202):
        raise StepRefused(f"{step}: {answer.status_code} {answer.text}")
