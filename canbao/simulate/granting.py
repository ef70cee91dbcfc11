"""Which help the model has somebody get, at payment and after it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from canbao.simulate.answers import Answer, Ask, Question, fen_of, help_fen, helps_of, on_top
from canbao.simulate.asking import Questions
from canbao.simulate.life import Listed
from canbao.simulate.outcomes import Help
from canbao.simulate.people import Person
from canbao.simulate.purses import out_fen, stuck_fen
from canbao.simulate.terms import day_of, start

#: How help reaches somebody who has paid.
_BACK = {"paid_on_behalf": "reimburse_to_card"}


@dataclass(frozen=True)
class Granting:
    """Grants under one notice."""

    questions: Questions
    ask: Ask

    def exempt_since(
        self,
        person: Person,
        since: datetime,
        now: datetime,
        ask: Callable[[datetime], Answer] | None = None,
    ) -> tuple[datetime, Answer] | None:
        """The earliest instant with nothing left to pay, by what is known now."""
        ask = ask or (lambda at: self.questions.answer(person, at, now))
        days = {*self.questions.terms.opens, person.born, *(one.on for one in person.events)}
        for said in person.told(now):
            days |= {said.listed_on, said.effective_on if isinstance(said, Listed) else said.ended_on}
        for at in (since, *sorted(begins for day in days if (begins := start(day)) > since)):
            answer = ask(at)
            if answer["outcome"] == "exempt":
                return at, answer
        return None

    def after_payment(self, person: Person, decided: Answer) -> bool:
        """Grant what was promised at payment and late. Says whether what was promised late is less by now.

        Money that waited is decided later than it was paid: what was listed in between is late, too.
        """
        at, known_at = person.completed_at, person.decided_at
        assert at is not None and known_at is not None
        ended = person.help_ended is not None and person.help_ended.completed_at == at
        person.granted = [] if ended else helps_of(decided)
        told = [(said, heard) for said in person.said if (heard := person.heard_at(said)) is not None]
        if not any(heard > known_at or said.listed_on > day_of(at) for said, heard in told):
            return False
        return self._late(person, person.granted, max(heard for _, heard in told))

    def _late(self, person: Person, first: Sequence[Help], now: datetime) -> bool:
        """Grant what comes on top. What was promised late before stands: an officer decides of it."""
        line = person.counts
        assert line is not None
        assert person.decided_at is not None
        paid = {"at": line.paid_at.isoformat(), "amount_fen": line.amount_fen}
        # That somebody became an employee since takes no late help away: the enrollment stands.
        on_file = person.on_file is not None and person.on_file <= person.decided_at
        facts = person.facts(now if on_file else person.decided_at)
        then = facts.get("employee_insurance", {"state": "none"})

        def about(at: datetime) -> Question:
            question = self.questions.about(person, at, now)
            return {**question, "person": question["person"] | {"employee_insurance": then}}

        answer: Answer = self.ask({**about(now), "paid": paid})
        if answer["outcome"] != "paid":
            answer = {"subsidies": []}
        else:
            answer = max(answer, self._exempted(person, line.paid_at, now, about), key=help_fen)
        promised, helped = person.promised.get(line.transaction, ([], set()))
        late = on_top(helps_of(answer), first)
        less = fen_of(late) < fen_of(promised)
        if not less:
            promised = [replace(one, late=True) for one in late]
            helped = helped | {one["status"] for one in answer["subsidies"]} if late else helped
        person.promised[line.transaction] = (promised, helped)
        person.granted = [*first, *promised]
        return less

    def _exempted(
        self, person: Person, paid_at: datetime, now: datetime, about: Callable[[datetime], Question]
    ) -> Answer:
        """The help of whoever was exempt before, and should not have had to pay: it goes to the card."""
        assert person.registered is not None
        found = None
        if self.questions.terms.helps_any_time:
            found = self.exempt_since(person, person.registered.at, now, lambda at: self.ask(about(at)))
        if found is None or found[0] >= paid_at:
            return {"subsidies": []}
        helps = found[1]["subsidies"]
        return {
            "subsidies": [one | {"mechanism": _BACK.get(one["mechanism"], one["mechanism"])} for one in helps]
        }


def without_payment(answer: Answer) -> list[Help]:
    """The help of somebody who pays nothing, and so gets nothing back."""
    return [one for one in helps_of(answer) if one.mechanism != "reimburse_to_card"]


def borne(person: Person) -> list[Help]:
    """The help: no more goes back than is left of what was paid, and none where all is to go back."""
    return shared(person)[0]


def shared(person: Person) -> tuple[list[Help], list[int]]:
    """The help, and how much of what had left for records that ended is a part of it.

    What a payer sent for a record that ended counts towards what it gives for the one that stands.
    """
    line = person.counts
    if line is None or line.withdrawn:
        return [] if line is not None else person.granted, [0] * len(person.left)
    # What a second person agreed to give back is not the person's to be helped with any more.
    leaving = sum(one.fen for one in person.refunds if one.line is line and one.state == "approved")
    room = line.left_fen - leaving - stuck_fen(person, {(one.payer, one.late) for one in person.granted})
    out = out_fen(person)
    found: list[Help] = []
    # What has left has its place before what has not.
    for one in sorted(person.granted, key=lambda one: (one.payer, one.late) not in out):
        fen = one.fen if one.mechanism == "paid_on_behalf" else max(min(one.fen, room), 0)
        room -= 0 if one.mechanism == "paid_on_behalf" else max(fen, out.get((one.payer, one.late), 0))
        found += [replace(one, fen=fen)] if fen else []
    return _less(found, person, line.left_fen - leaving)


def _less(found: list[Help], person: Person, most: int) -> tuple[list[Help], list[int]]:
    """Of what is to go to the card yet, less what left for records that ended."""
    out = out_fen(person)
    to_go = {
        place: one.fen - out.get((one.payer, one.late), 0)
        for place, one in enumerate(found)
        if one.mechanism == "reimburse_to_card"
    }
    counted: list[int] = []
    for (payer, _, _), payout in person.left:
        rest = payout.fen
        for place in to_go:
            part = max(min(rest, to_go[place]), 0) if found[place].payer == payer else 0
            rest, to_go[place] = rest - part, to_go[place] - part
            found[place] = replace(found[place], fen=found[place].fen - part)
        counted.append(payout.fen - rest)
    if person.left:
        # What nobody gives any more has used its part.
        over = sum(out.values()) + sum(one.fen for _, one in person.left) - most
        over += sum(max(fen, 0) for fen in to_go.values())
        for place in to_go:
            part = max(min(over, to_go[place]), 0)
            over, found[place] = over - part, replace(found[place], fen=found[place].fen - part)
    return [one for one in found if one.fen], counted
