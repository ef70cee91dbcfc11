"""Tells the services what collectors take by hand, what they bring to the bank, and what did not stay."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from canbao.simulate.cash import Deposited, DepositWithdrawn, LateDecided, Payment
from canbao.simulate.county import StepRefused
from canbao.simulate.life import GivenBack, paid_for
from canbao.simulate.noticing import collecting
from canbao.simulate.terms import AT_THE_END

if TYPE_CHECKING:
    from canbao.simulate.playing import Body, Player

ByHand: TypeAlias = Payment | GivenBack | LateDecided | Deposited | DepositWithdrawn


@dataclass
class Counters:
    """The collectors of one life: one for each village, and one for the whole county."""

    player: "Player"
    #: By the place.
    collectors: dict[str, int] = field(default_factory=dict)
    #: By transaction; and the deposits of each slip.
    receipts: dict[int, int] = field(default_factory=dict)
    slips: dict[int, list[int]] = field(default_factory=dict)
    #: How many numbers of paper were used.
    used: int = 0

    async def tell(self, step: ByHand) -> None:
        """Tell a step."""
        match step:
            case Deposited():
                await self._deposit(step)
            case DepositWithdrawn():
                for deposit_id in self.slips.pop(step.slip, ()):
                    path = f"/v1/cash-deposits/{deposit_id}/withdraw"
                    await self._expect(step, path, {"reason": "录入错误"})
            case GivenBack():
                await self._reverse(step)
            case LateDecided():
                await self._decide(step)
            case _:
                await self._take(step)

    async def told(self) -> str:
        """What is in hand at the end, and what of it waits for officers."""
        path, county = "/v1/cash-positions", self.player.county
        found = await county.expect("collection", "GET", path, AT_THE_END, county=self.player.code)
        fen = [sum(one[name] for one in found["items"]) for name in ("in_hand_fen", "held_fen")]
        return f"{fen[0]} in hand, {fen[1]} of it held"

    async def _take(self, step: Payment) -> None:
        if step.transaction in self.receipts:
            return
        parts = paid_for(self.player.life, step)
        items = [self.player.paid(one) | {"voucher_no": self._paper()} for one in parts]
        receipt: Body = {"instrument": step.instrument, "paid_at": step.paid_at.isoformat(), "items": items}
        receipt |= {"voucher_no": self._paper(), "reference": f"{self.player.code}-{step.transaction}"}
        body: Body = {
            "collector_id": await self._collector(step),
            "coverage_year": self.player.life.year,
            "receipts": [receipt],
        }
        made = await self._expect(step, "/v1/cash-receipts", body)
        (receipt_id,) = made["receipt_ids"]
        self.receipts[step.transaction] = receipt_id
        if step.instrument != "pos":
            self.player.numbers[step.transaction] = f"R{receipt_id}"

    def _paper(self) -> str:
        self.used += 1
        return f"{self.used:08d}"

    async def _collector(self, step: Payment) -> int:
        """Who collects where the person lives; for several, or whom nobody knows, one of the county."""
        player = self.player
        ids, homes = player.person_ids, player.homes
        mine = [one for one in homes if one == step.person or ids.get(one) == ids.get(step.person, 0)]
        place = f"{player.notice().division:0<12}"
        if len(step.named) == 1 and mine:
            place = player.village(homes[mine[0]])
        if place not in self.collectors:
            channel = collecting(player.notice())
            assert channel is not None
            body: Body = {"county": player.code, "coverage_year": player.life.year, "division_code": place}
            body |= {"channel": channel.code, "title": f"收缴点{place}"}
            self.collectors[place] = (await self._expect(step, "/v1/collectors", body))["collector_id"]
        return self.collectors[place]

    async def _deposit(self, step: Deposited) -> None:
        for collector_id in self.collectors.values():
            rows = await self.player.county.services["collection"].rows(
                "SELECT sum(amount_fen)::bigint AS fen FROM cash_receipts WHERE collector_id = :id "
                "AND state = 'passed' AND returned_fen = 0 AND deposit_id IS NULL AND instrument <> 'pos'",
                id=collector_id,
            )
            if rows[0]["fen"]:
                body: Body = {
                    "collector_id": collector_id,
                    "coverage_year": self.player.life.year,
                    "amount_fen": rows[0]["fen"],
                    "slip_no": f"S{step.slip}-{collector_id}",
                    "deposited_at": step.at.isoformat(),
                }
                made = await self._expect(step, "/v1/cash-deposits", body)
                if made["missing_fen"]:
                    raise StepRefused(f"{step}: {made['missing_fen']} fen are missing")
                self.slips.setdefault(step.slip, []).append(made["deposit_id"])

    async def _reverse(self, step: GivenBack) -> None:
        """Have money booked back that did not stay; what is at the bank was not entered wrongly."""
        if step.transaction not in self.receipts:
            return
        body: Body = {"reason": step.reason, "returned_at": step.returned_at.isoformat()}
        path = f"/v1/cash-receipts/{self.receipts[step.transaction]}/reversal"
        answer = await self.player.county.ask("collection", "POST", path, step.at, body)
        if answer.status_code not in (200, 409):
            raise StepRefused(f"{step}: {answer.status_code} {answer.text}")

    async def _decide(self, step: LateDecided) -> None:
        rows = await self.player.county.services["collection"].rows(
            "SELECT case_id FROM cases WHERE subject = :subject AND state = 'open'",
            subject=f"cash-receipts/{self.receipts.get(step.transaction, 0)}",
        )
        for row in rows:
            body: Body = {"step": "accept" if step.accepts else "refuse", "reason": "已核实"}
            decided = await self._expect(step, f"/v1/cases/{row['case_id']}/decision", body)
            if decided["approval"] is not None:
                await self.player.offices.approve("collection", decided["approval"]["approval_id"], step.at)

    async def _expect(self, step: ByHand, path: str, body: "Body") -> "Body":
        found: Body = await self.player.county.expect("collection", "POST", path, step.at, body)
        return found
