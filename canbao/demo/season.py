"""What happens in a season: the scenario of one county, from its notice and its profile."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta

from canbao.demo.money import Payers
from canbao.demo.people import Census, Home, Resident, homes
from canbao.demo.profiles import Profile, Tag
from canbao.demo.steps import Card, Listed, Step
from canbao.demo.units import unit_steps
from canbao.demo.villages import ticket_steps, village_steps
from libs.common.clock import business_date
from libs.common.policy import Notice
from libs.common.policy.format.custody_rules import Handover
from services.ledger.paths.rules import knows

_HOUSEHOLDS_A_STEP = 1_000
#: The steps of the money, as far as the notice leads it.
_ON_THE_WAY = ("channel_settlement", "treasury_receipt", "fiscal_transfer")
#: Who bears the match in the demo: no notice says so.
MATCH_TERMS: Step = {
    "fixed_on": "2019-12-20",
    "document_no": "演示文件",
    "shares": [{"level": "centre", "percent": "60"}, {"level": "province", "percent": "25"},
               {"level": "city", "percent": "5"}, {"level": "county", "percent": "10"}],
}  # fmt: skip


def villages(township_code: str, people: int) -> list[str]:
    """Invent village codes of a township: one village for about 1,500 people, at least two."""
    return [f"{township_code[:9]}{200 + place}" for place in range(max(2, people // 1_500))]


def scaled_targets(notice: Notice, people: int) -> list[tuple[str, int]]:
    """Scale the townships' tasks of a notice to `people` in all: (division code, people), none empty."""
    rows = [(row.division, row.task) for row in notice.targets.rows] if notice.targets else []
    total = sum(task for _, task in rows)
    return [(code, max(3, task * people // total)) for code, task in rows]


class Season:
    """Makes the steps of one county's season; the same seed makes the same steps."""

    def __init__(self, notice: Notice, profile: Profile, townships: list[tuple[str, int]], seed: int) -> None:
        self._notice = notice
        self._profile = profile
        self._townships = townships
        self._random = random.Random(f"{profile.county}-{seed}")  # nosec B311
        self._census = Census(profile.region, seed)
        self._payers = Payers(notice, profile, random.Random(f"{profile.county}-money-{seed}"))  # nosec B311
        self._rosters: dict[tuple[object, ...], tuple[Tag, list[Listed]]] = {}
        self._cards: list[Card] = []
        self._surveyed: dict[str, list[Home]] = {}
        self._first_village = ""
        self._refused: dict[str, list[str]] = {"failed": [], "returned": []}
        self.people = 0

    def steps(self) -> Iterator[Step]:
        """Yield the registrations, then everything else in the order of its instant."""
        yield from self._registrations()
        self.people += self._profile.unit_people
        rest: list[Step] = [
            *self._roster_steps(),
            *self._payers.steps(),
            *self._card_steps(),
            *self._payout_steps(),
            *self._closing_steps(),
            *village_steps(self._profile, self._census, self._surveyed),
            *ticket_steps(self._profile, self._surveyed),
            *unit_steps(self._notice, self._profile, self._census, self._first_village),
        ]
        rest.sort(key=lambda step: datetime.fromisoformat(str(step["at"])))
        yield from rest

    def _registrations(self) -> Iterator[Step]:
        when = self._profile.registered_at
        pending: list[Step] = []
        known = sorted(code for township, people in self._townships for code in villages(township, people))
        self._first_village = known[0]
        self._surveyed = {code: [] for code in known[: self._profile.cash_villages]}
        for township, people in self._townships:
            codes = villages(township, people)
            for home in homes(self._census, codes, people, business_date(when), self._random):
                self._tag(home, business_date(when))
                self._payers.add(home)
                if (asked := self._surveyed.get(home.division_code)) is not None:
                    self._misspell(home, asked)
                    asked.append(home)
                self.people += len(home.members)
                pending.append(self._row(home))
                if len(pending) == _HOUSEHOLDS_A_STEP:
                    yield {"at": when.isoformat(), "do": "register", "households": pending}
                    pending = []
        if pending:
            yield {"at": when.isoformat(), "do": "register", "households": pending}

    def _row(self, home: Home) -> Step:
        return {
            "household_no": home.household_no,
            "division_code": home.division_code,
            "head": home.members[0].id_number,
            "members": [
                {
                    "name": member.misspelled or member.name,
                    "documents": [{"type": "resident_id", "number": member.id_number}],
                    "hukou": "county",
                    **member.facts,
                }
                for member in home.members
            ],
            "enroll": {"county": self._profile.county, "coverage_year": self._profile.coverage_year},
        }

    def _tag(self, home: Home, on: date) -> None:
        for place, member in enumerate(home.members):
            age = (on - member.born).days // 365
            draw = self._random.randrange(10_000)
            if draw < 250 and 24 <= age <= 58:
                member.facts["employee_insurance"] = {"state": "active"}
                continue
            if draw < 400:
                member.facts.update(hukou="elsewhere", residence_permit=True)
                continue
            self._assign_status(member, age)
            head = place == 0
            if (head or age >= 16) and self._random.randrange(10_000) < self._profile.card_share:
                self._give_card(member)

    def _misspell(self, home: Home, before: Sequence[Home]) -> None:
        """Have the clerk misspell one person of each surveyed village, whom no roster and no card names."""
        if any(one.misspelled for other in before for one in other.members):
            return
        plain = (one for one in home.members[1:] if one.tag is None and one.account_no is None)
        if (member := next((one for one in plain if not one.facts), None)) is not None:
            member.misspelled = f"{member.name[:-1]}误"

    def _assign_status(self, member: Resident, age: int) -> None:
        draw = self._random.randrange(10_000)
        late = self._profile.late_roster
        for tag in [*self._profile.tags, *([late] if late else [])]:
            if draw < tag.per_10000:
                if tag.ages[0] <= age <= tag.ages[1]:
                    member.tag = tag
                    self._list(tag, member)
                return
            draw -= tag.per_10000

    def _list(self, tag: Tag, member: Resident) -> None:
        key = (tag.listed_on, *sorted((k, str(v)) for k, v in tag.status.items()))
        rows = self._rosters.setdefault(key, (tag, []))[1]
        effective = max(
            member.born, tag.listed_on - timedelta(days=5 if tag is self._profile.late_roster else 200)
        )
        rows.append(
            {"id_number": member.id_number, "name": member.name, "effective_on": effective.isoformat()}
        )

    def _give_card(self, member: Resident) -> None:
        member.account_no = self._census.account()
        self._cards.append(
            {
                "id_number": member.id_number,
                "account_no": member.account_no,
                "bank": "RCB",
                "holder": member.name,
            }
        )
        draw = self._random.randrange(1_000)
        if draw < 12:
            self._refused["failed"].append(member.account_no)
        elif draw < 16:
            self._refused["returned"].append(member.account_no)

    def _roster_steps(self) -> Iterator[Step]:
        for tag, rows in self._rosters.values():
            listed = datetime.combine(
                tag.listed_on, datetime.min.time(), tzinfo=self._profile.registered_at.tzinfo
            )
            when = max(self._profile.registered_at + timedelta(hours=2), listed + timedelta(hours=9))
            for first in range(0, len(rows), 5_000):
                yield {
                    "at": when.isoformat(),
                    "do": "roster",
                    "county": self._profile.county,
                    "coverage_year": self._profile.coverage_year,
                    **tag.status,
                    "listed_on": tag.listed_on.isoformat(),
                    "mode": "add",
                    "rows": rows[first : first + 5_000],
                }

    def _card_steps(self) -> Iterator[Step]:
        when = (self._profile.registered_at + timedelta(days=3)).isoformat()
        for first in range(0, len(self._cards), 5_000):
            yield {"at": when, "do": "cards", "rows": self._cards[first : first + 5_000]}

    def _payout_steps(self) -> Iterator[Step]:
        """Batches go to the bank; after the first one, people with a refused account bring another card."""
        place = {"county": self._profile.county, "coverage_year": self._profile.coverage_year}
        refused = {f"{kind}_accounts": accounts for kind, accounts in self._refused.items()}
        wrong = {account for accounts in self._refused.values() for account in accounts}
        corrected: list[Card] = [
            {**card, "account_no": self._census.account()}
            for card in self._cards
            if card["account_no"] in wrong
        ]
        for turn, when in enumerate(self._profile.payouts):
            yield {"at": (when - timedelta(hours=1)).isoformat(), "do": "approve_refunds", **place}
            yield {"at": when.isoformat(), "do": "payout", **place, **refused}
            if turn == 0 and corrected:
                yield {"at": (when + timedelta(days=5)).isoformat(), "do": "cards", "rows": corrected}

    def _closing_steps(self) -> Iterator[Step]:
        place = {"county": self._profile.county, "coverage_year": self._profile.coverage_year}
        cutoffs: dict[datetime, list[Handover]] = {}
        for deadline in self._notice.handovers:
            cutoffs.setdefault(deadline.cutoff_at, []).append(deadline)
        for cutoff, deadlines in sorted(cutoffs.items()):
            when = cutoff + timedelta(days=3, hours=9)
            for kind in _ON_THE_WAY:
                if not knows(self._notice, kind):
                    continue
                reference = f"{kind}-{deadlines[0].id}"
                yield {
                    "at": when.isoformat(),
                    "do": "movement",
                    **place,
                    "kind": kind,
                    "amount_fen": "all",
                    "reference": f"{self._profile.county}-{reference}",
                }
            for deadline in deadlines:
                yield {
                    "at": (when + timedelta(hours=1)).isoformat(),
                    "do": "close",
                    **place,
                    "deadline": deadline.id,
                }
            yield from self._match_steps(place, deadlines, when)

    def _match_steps(
        self, place: Mapping[str, object], deadlines: Sequence[Handover], when: datetime
    ) -> Iterator[Step]:
        """Finance knows who bears its match before its first handover, and has the money after each."""
        departments = self._notice.departments
        finance = any(departments[one.department].role == "finance" for of in deadlines for one in of.parties)
        if self._notice.fiscal_match is None or not finance:
            return
        if deadlines[0].kind == "main":
            yield {
                "at": (when - timedelta(days=5)).isoformat(),
                "do": "match_terms",
                **place,
                "per_head_fen": self._notice.amounts.value(self._notice.fiscal_match.amount, {}),
                **MATCH_TERMS,
            }
        arrived = when + timedelta(hours=2)
        yield {"at": arrived.isoformat(), "do": "match_arrivals", **place, "reference": deadlines[0].id}
