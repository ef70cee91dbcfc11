"""The payments of a made-up season: who pays when, through which channel, and what goes wrong."""

import random
from collections.abc import Iterator
from datetime import date, datetime, timedelta

from canbao.demo.cash import Cash, cash_steps
from canbao.demo.people import Home, Resident, id_number
from canbao.demo.profiles import Profile
from canbao.demo.steps import Callback, Item, Notification, Step
from libs.common import policy
from libs.common.policy import Notice


class Payers:
    """Plans the payments of households; amounts are what the notice asks at the instant of payment."""

    def __init__(self, notice: Notice, profile: Profile, chooser: random.Random) -> None:
        self._notice = notice
        self._profile = profile
        self._random = chooser
        self._agents: dict[str, list[tuple[datetime, Resident]]] = {}
        self._families: list[tuple[str, datetime, list[Resident]]] = []
        self._number = 0

    def add(self, home: Home) -> None:
        """Decide how a household pays: nobody, through the village's agent, or by itself."""
        if self._random.randrange(10_000) < self._profile.never_pays:
            return
        when = self._instant()
        channel, _, size = self._random.choices(
            self._profile.channels, [c[1] for c in self._profile.channels]
        )[0]
        if size >= 10:
            self._agents.setdefault(home.division_code, []).extend((when, member) for member in home.members)
        else:
            self._families.append((channel, when, home.members))

    def steps(self) -> Iterator[Step]:
        """Yield callbacks and orders, unordered; with the mistakes that real seasons have."""
        by_hand = sorted(self._agents)[: self._profile.cash_villages]
        for place, village in enumerate(by_hand):
            taken = [
                Cash(when, one, due) for when, one in self._agents[village] if (due := self._due(one, when))
            ]
            yield from cash_steps(self._profile, village, place, taken)
        for village, people in self._agents.items():
            if village in by_hand:
                continue
            people.sort(key=lambda pair: pair[0])
            for first in range(0, len(people), 20):
                part = people[first : first + 20]
                paid = part[-1][0]
                yield from self._callback("village-agent", paid, [resident for _, resident in part])
        for channel, when, members in self._families:
            if channel == "wechat":
                yield from self._order(when, members)
            else:
                yield from self._callback(channel, when, members)

    def _instant(self) -> datetime:
        wave = self._random.choices(self._profile.waves, [w.per_10000 for w in self._profile.waves])[0]
        span = int((wave.last - wave.first).total_seconds())
        when = wave.first + timedelta(seconds=self._random.randrange(span))
        if when.hour < 8:
            when += timedelta(hours=8)
        return min(when, wave.last)

    def _due(self, resident: Resident, when: datetime) -> int:
        """What the notice asks of this person at `when`; 0 where nothing can be or need be paid."""
        statuses: list[dict[str, object]] = []
        asked: dict[str, object] = {
            "county": self._profile.county,
            "year": self._profile.coverage_year,
            "at": when.isoformat(),
            "person": {
                "born": resident.born.isoformat(),
                "sex": resident.sex,
                "hukou": "county",
                **resident.facts,
            },
            "statuses": statuses,
        }
        tag = resident.tag
        if tag is not None and tag.listed_on <= when.date():
            status = {key: tag.status[key] for key in ("class", "grade") if key in tag.status}
            effective = max(resident.born, tag.listed_on - timedelta(days=5))
            statuses.append(
                {
                    **status,
                    "code": tag.status["status"],
                    "listed_on": tag.listed_on.isoformat(),
                    "effective_on": effective.isoformat(),
                }
            )
        answer = policy.assess(self._notice, policy.parse_question(asked), trace=False)
        return answer.own_due_fen or 0 if answer.outcome == "payable" else 0

    def _callback(self, channel: str, when: datetime, members: list[Resident]) -> Iterator[Callback]:
        paying = [(member, due) for member in members if (due := self._due(member, when)) > 0]
        if not paying:
            return
        items: list[Item] = [
            {"id_number": member.id_number, "name": member.name, "amount_fen": due} for member, due in paying
        ]
        step = self._notification(channel, when, items)
        yield from self._with_mistakes(step, channel, when, items)

    def _notification(self, channel: str, when: datetime, items: list[Item]) -> Callback:
        self._number += 1
        arrives = when + timedelta(seconds=self._random.randrange(2, 40))
        return {
            "at": arrives.isoformat(),
            "do": "callback",
            "channel": channel,
            "data": {
                "transaction_no": f"{self._profile.county[:2].upper()}{when:%Y%m%d}{self._number:08d}",
                "paid_at": when.isoformat(),
                "amount_fen": sum(item["amount_fen"] for item in items),
                "county": self._profile.county,
                "coverage_year": self._profile.coverage_year,
                "items": items,
            },
        }

    def _with_mistakes(
        self, step: Callback, channel: str, when: datetime, items: list[Item]
    ) -> Iterator[Callback]:
        draw = self._random.randrange(10_000)
        small = len(items) < 10
        if draw < 100:
            step["copies"] = 2
        elif draw < 200:
            step["at"] = (when + timedelta(days=2)).isoformat()
        elif draw < 260:
            yield self._conflict(step)
        elif draw < 320:
            yield {**step, "forged": True, "expect": 401}
        elif draw < 420 and small:
            yield self._notification(channel, when + timedelta(days=3), [item.copy() for item in items])
        elif draw < 700 and small:
            self._spoil(step["data"], items, draw - 420)
            if draw >= 630:
                step["at"] = (
                    datetime.fromisoformat(step["data"]["paid_at"]) + timedelta(minutes=1)
                ).isoformat()
        yield step

    def _spoil(self, data: Notification, items: list[Item], draw: int) -> None:
        """Make the money one that cannot be applied: wrong amount, stranger, wrong year, or too early."""
        if draw < 80:
            items[0]["amount_fen"] -= 1_000
            data["amount_fen"] -= 1_000
        elif draw < 150:
            items[0]["id_number"], items[0]["name"] = self._stranger()
        elif draw < 210:
            data["coverage_year"] += 1
        else:
            data["paid_at"] = (self._profile.waves[0].first - timedelta(days=2)).isoformat()

    def _conflict(self, step: Callback) -> Callback:
        """The same transaction number a little later with another amount: refused as a conflict."""
        data: Notification = {**step["data"], "amount_fen": step["data"]["amount_fen"] + 100}
        later = datetime.fromisoformat(step["at"]) + timedelta(minutes=30)
        return {**step, "at": later.isoformat(), "data": data, "expect": 409}

    def _stranger(self) -> tuple[str, str]:
        """An ID number with a right check digit that nobody registered (born 1901)."""
        born = date(1901, self._random.randrange(1, 13), self._random.randrange(1, 28))
        return id_number(self._profile.region, born, self._random.randrange(499), "female"), "无名氏"

    def _order(self, when: datetime, members: list[Resident]) -> Iterator[Step]:
        paying = [member for member in members if self._due(member, when) > 0]
        if not paying:
            return
        self._number += 1
        payer = paying[0]
        base: Step = {
            "do": "order",
            "channel": "wechat",
            "notice_channel": self._profile.app,
            "county": self._profile.county,
            "coverage_year": self._profile.coverage_year,
            "payer": {
                "id_number": payer.id_number,
                "name": payer.name,
                "family": [member.id_number for member in members],
            },
            "for": "family",
        }
        number = f"42{when:%Y%m%d}{self._number:010d}"
        draw = self._random.randrange(1_000)
        if draw < 10:
            before = when - timedelta(minutes=45)
            yield {**base, "at": before.isoformat(), "transaction_no": number + "0", "abandon": True}
        yield {**base, "at": when.isoformat(), "transaction_no": number, "copies": 2 if draw > 990 else 1}
