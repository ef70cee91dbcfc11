"""Asks the services where each person of a life stands when everything is quiet."""

from dataclasses import dataclass

from canbao.simulate.outcomes import MERGED, Help, Line, Outcome
from canbao.simulate.playing import Player


@dataclass(frozen=True)
class Found:
    """What a life that was played has come to."""

    player: Player

    async def outcomes(self) -> dict[int, Outcome]:
        """Where each person's year stands, by all services."""
        return {person: await self._outcome(person) for person in self.player.life.people}

    async def _outcome(self, person: int) -> Outcome:
        if person in self.player.merged:
            return MERGED
        lines = await self._lines(person)
        if person not in self.player.person_ids:
            return Outcome("unregistered", None, None, lines, [], [])
        (row,) = await self.player.rows(
            "registration",
            "SELECT id, state, benefit_from, benefit_to FROM enrollments "
            "WHERE person_id = :id AND merged_into IS NULL",
            self.player.person_ids[person],
        )
        enrollment_id = row["id"]
        due = await self.player.rows(
            "collection", "SELECT state FROM dues WHERE enrollment_id = :id", enrollment_id
        )
        return Outcome(
            state=_together(row["state"], due[0]["state"]),
            benefit_from=row["benefit_from"] and row["benefit_from"].isoformat(),
            benefit_to=row["benefit_to"] and row["benefit_to"].isoformat(),
            lines=lines,
            helps=await self._helps(self.player.person_ids[person]),
            cases=await self._cases(person, enrollment_id),
            refunds=await self.player.offices.refunds(self.player.person_ids[person]),
            payouts=await self.player.offices.payouts(self.player.person_ids[person]),
        )

    async def _lines(self, person: int) -> list[Line]:
        found: list[Line] = []
        ids, life = self.player.person_ids, self.player.life
        records = [other for other in ids if ids[other] == ids.get(person)] or [person]
        for number, line_no in sorted(place for one in records for place in life.places(one)):
            rows = await self.player.rows(
                "collection",
                "SELECT l.*, l.line_no = right(:id, 2)::int AS is_it FROM payment_lines l "
                "JOIN payments p ON p.id = l.payment_id WHERE p.transaction_no = left(:id, -3)",
                f"{self.player.transaction_no(number)}-{line_no:02d}",
            )
            for row in rows:
                if not row["is_it"]:
                    continue
                line = Line(number, row["paid_at"], row["amount_fen"], row["refunded_fen"], row["state"])
                line.reason = row["reason"] if line.state != "applied" else None
                found.append(line)
        return found

    async def _helps(self, person_id: int) -> list[Help]:
        rows = await self.player.rows(
            "subsidy",
            "SELECT payer, mechanism, sum(amount_fen) AS fen FROM grants WHERE person_id = :id "
            "AND revoked_at IS NULL GROUP BY 1, 2 ORDER BY 1, 2",
            person_id,
        )
        return [Help(row["payer"], row["mechanism"], int(row["fen"])) for row in rows]

    async def _cases(self, person: int, enrollment_id: int) -> list[str]:
        rows = await self.player.rows(
            "registration", "SELECT kind FROM cases WHERE subject = :id AND state = 'open' ORDER BY kind",
            f"enrollments/{enrollment_id}",
        )  # fmt: skip
        return sorted(
            [*(row["kind"] for row in rows), *await self.player.offices.cases(self.player.person_ids[person])]
        )


def _together(registration: str, collection: str) -> str:
    """One word for what both services say; both words where they do not agree."""
    # Of withdrawn cover the money may still be here, and is given back some time.
    agreed = registration == "withdrawn" or {"assessed": "open"}.get(registration, registration) == collection
    return registration if agreed else f"{registration}, and {collection} by collection"
