"""Where the model has the money of one person be, and which cases are about it."""

from collections.abc import Mapping

from canbao.simulate.answers import benefit_of, together
from canbao.simulate.asking import Questions
from canbao.simulate.books import EXEMPT, RESIDENTS, WITHDRAWN, Moved, Place
from canbao.simulate.doubting import cover_until
from canbao.simulate.granting import borne, shared
from canbao.simulate.life import Step
from canbao.simulate.outcomes import Outcome
from canbao.simulate.people import FOR_EVER, Payout, Person, Refund
from canbao.simulate.purses import held


def outcome_of(person: Person, questions: Questions) -> Outcome:
    """What a person's year comes to."""
    benefit: tuple[str | None, str | None] = (None, None)
    if person.completed_at is not None and person.decided_at is not None:
        benefit = benefit_of(questions.cover(person, person.completed_at, person.decided_at, FOR_EVER))
    if person.ended_at is not None:
        benefit = cover_until(benefit, person.ended_at)
    back = [one for one in person.refunds if one.state in ("approved", "paid") or _is_asked_for(one)]
    return Outcome(
        state=person.state,
        benefit_from=benefit[0],
        benefit_to=benefit[1],
        lines=sorted(person.lines, key=lambda line: line.transaction),
        helps=together(held(person, borne(person))),
        cases=sorted(
            [
                *(["ground_gone"] if person.causes else []),
                *(["ground_back"] if person.returns else []),
                *_about_money(person),
            ]
        ),
        payouts=sorted(
            f"{payer} {one.fen} {'due' if person.causes and not one.out else one.told(person.account)}"
            for (payer, _, _), one in (*person.payouts.items(), *person.left)
        ),
        refunds=sorted(_said(one, person.account) for one in back),
    )


def _is_asked_for(refund: Refund) -> bool:
    """Whether it waits for a decision. What is proposed by itself about money that waits is left out."""
    return refund.state == "requested" and not (refund.by_itself and refund.line.state != "applied")


def _said(refund: Refund, account: int) -> str:
    said = f"T{refund.line.transaction} {refund.fen} {refund.state}"
    return said if refund.payout is None else f"{said} {refund.payout.told(account)}"


def _about_money(person: Person) -> list[str]:
    """The cases about what has gone to the card."""
    helps, counted = shared(person)
    wanted = {(one.payer, one.late): one.fen for one in helps}
    # Where the own money goes back whole it does less the help, which the fund returns.
    goes_back = any(
        one.whole and one.state == "requested" and one.line is person.counts for one in person.refunds
    )
    given = [*_given(person, wanted), *zip((one for _, one in person.left), counted, strict=True)]
    stuck = [one for one, fen in given if not fen and not goes_back]
    parts = [one for one, fen in given if 0 < fen < one.fen]
    return [*(["recovery"] * len(stuck)), *(["part_recovery"] * len(parts)), *person.bank_cases]


def _given(person: Person, wanted: Mapping[tuple[str, bool], int]) -> list[tuple[Payout, int]]:
    """How much of each sum that has left is still given, the first one first."""
    rest, found = dict(wanted), []
    for (payer, late, _), one in person.payouts.items():
        if one.out:
            fen = min(one.fen, rest.get((payer, late), 0))
            rest[payer, late] = rest.get((payer, late), 0) - fen
            found.append((one, fen))
    return found


def money_of(person: Person, step: Step) -> dict[Place, Moved]:
    """Where a person's money is in the fund, and when it came there."""
    found: dict[Place, Moved] = {}
    for line in person.lines:
        if line.state == "applied":
            # What is on the card the fund returns to its payer when the refund of the rest is decided.
            found[RESIDENTS, line.transaction] = Moved(line.left_fen - line.netted_fen, line.paid_at)
    since = step.at if person.completed_at is None else person.completed_at
    granted_at = since if person.state == "exempt" else max(step.at, since)
    if person.restored_at == step.at:
        granted_at = step.at  # its end was counted when it was withdrawn
    for one in together(borne(person)):
        if one.mechanism == "paid_on_behalf":
            found[one.payer, EXEMPT if person.state == "exempt" else 0] = Moved(one.fen, granted_at)
    if person.state == "withdrawn":
        found[WITHDRAWN] = Moved(1, step.at)
    return found
