"""What a life has to come to: a small, slow model, written from the readings of the notices.

Amounts at one instant are asked of the assessment; all change is the model's own. It imports nothing of the
services and their libraries.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from canbao.simulate.answers import Answer, Ask, benefit_of, fen_of, help_fen, helps_of, on_top, together
from canbao.simulate.asking import Questions
from canbao.simulate.histories import statuses_of
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
from canbao.simulate.people import Person, says
from canbao.simulate.terms import Terms, day_of, start

_NOT_NOW = {"window_not_open", "window_closed"}


class Model:
    """Plays a life in the head. `born` tells the birthdays of the people."""

    def __init__(self, life: Life, terms: Terms, born: Mapping[int, date], ask: Ask) -> None:
        self._life, self._terms, self._ask = life, terms, ask
        self._questions = Questions(terms, ask)
        self._people = {number: Person(born[number]) for number in life.people}
        self._given_back: set[int] = set()

    def play(self) -> dict[int, Outcome]:
        """What each person's year comes to."""
        for step in self._life.steps:
            person = self._people[step.person]
            if self._tell(person, step):
                person.changed.append(step.at)
                self._look(person, step.at)
        return {number: self._outcome(person) for number, person in self._people.items()}

    def _tell(self, person: Person, step: Step) -> bool:
        """Take a step in; whether what is known of the person changed."""
        match step:
            case Registered():
                again, person.registered = person.registered is not None, person.registered or step
                person.state = person.state if again else "assessed"
                return not again
            case Listed() | Delisted():
                return says(person, step)
            case InsuredAsEmployee() if person.registered is not None:
                again, person.insured = person.insured is not None, person.insured or step
                return not again
            case Died() if person.registered is not None:
                again, person.died = person.died is not None, person.died or step
                return not again
            case Paid():
                self._paid(person, step)
            case GivenBack():
                self._back(person, step)
        return False

    def _answer(self, person: Person, at: datetime, known_at: datetime) -> Answer:
        return self._questions.answer(person, at, known_at)

    def _paid(self, person: Person, step: Paid) -> None:
        if any(line.transaction == step.transaction for line in person.lines):
            return
        line = Line(step.transaction, step.paid_at, step.amount_fen)
        person.lines.append(line)
        self._judge(person, line, step.at)

    def _judge(self, person: Person, line: Line, now: datetime) -> None:
        """Judge by what was known at the payment; where only the newest fits, by the newest."""
        line.reason = self._reason(person, line, now)
        if line.reason is None:
            line.state, person.state = "applied", "paid"
            person.completed_at = line.paid_at
            self._stand(person, now)

    def _reason(self, person: Person, line: Line, now: datetime) -> str | None:
        if person.registered is None:
            return "unknown_person"
        if person.counts is not None:
            return "already_paid"
        if person.state == "cancelled" and (person.died is None or line.paid_at >= person.died.at):
            return "not_payable"  # what was paid before counts as if it had come in time
        then = [at for at in person.changed if person.registered.at <= at <= line.paid_at]
        known = max(then) if then else self._known_before(person, line)
        early = self._fits(person, line, known) if known is not None else None
        if person.state == "exempt":
            # Who paid before anybody knew of the exemption has paid, also before being registered.
            assert person.decided_at is not None
            by = known if known is not None else person.decided_at
            if line.paid_at < person.decided_at and self._fits(person, line, by) is None:
                self._decide(person, line, by)
                return None
            return "already_exempt"
        for known_at in ([known] if known is not None and early is None else []) + [max(person.changed)]:
            reason = self._fits(person, line, known_at)
            if reason is None:
                self._decide(person, line, known_at)
                return None
        return reason

    def _known_before(self, person: Person, line: Line) -> datetime | None:
        """By what money is judged that was paid before the person was registered, if by what was known then.

        That differs from what is known since where a roster was typed after the day that it counts from.
        """
        assert person.registered is not None
        opens = start(min(self._terms.opens))
        heard = [said for said in person.said if opens < said.at <= person.registered.at]
        typed_late = any(day_of(said.at) > said.listed_on for said in heard)
        return line.paid_at if line.paid_at >= opens and typed_late else None

    def _decide(self, person: Person, line: Line, known_at: datetime) -> None:
        answer = self._answer(person, line.paid_at, known_at)
        person.granted = helps_of(answer)
        person.decided_at = max(known_at, line.paid_at)

    def _fits(self, person: Person, line: Line, known_at: datetime) -> str | None:
        """Why an amount does not fit by some knowledge; None when it does."""
        answer = self._answer(person, line.paid_at, known_at)
        if _NOT_NOW & set(answer["reason_codes"]):
            return "outside_window"
        owed = answer["own_due_fen"] if answer["outcome"] in ("payable", "exempt") else 0
        if not owed:
            return "not_payable"
        return None if owed == line.left_fen else "wrong_amount"

    def _back(self, person: Person, step: GivenBack) -> None:
        """Money was given back outside: the rest stays, and only the whole opens the enrollment again."""
        line = next((line for line in person.lines if line.transaction == step.transaction), None)
        if line is None or step.return_no in self._given_back or line.left_fen < step.amount_fen:
            return
        self._given_back.add(step.return_no)
        line.refunded_fen += step.amount_fen
        if line.left_fen:
            return
        counted, line.state = line.state == "applied", "refunded"
        if counted:
            self._open_again(person, step.returned_at)

    def _open_again(self, person: Person, at: datetime) -> None:
        person.state, person.completed_at, person.decided_at = "assessed", None, None
        person.granted, person.causes = [], set()
        person.changed.append(at)
        for line in person.twice:
            self._judge(person, line, at)
        self._look(person, at)

    def _look(self, person: Person, now: datetime) -> None:
        """What follows from what is known now."""
        if person.registered is None or person.state == "cancelled":
            return
        if person.state == "assessed" and person.died is not None:
            person.state = "cancelled"
            for line in person.waiting:
                self._judge(person, line, now)
            return
        for line in person.waiting:
            self._judge(person, line, now)
        if person.state == "assessed":
            self._exempt(person, now)
        if person.state in ("paid", "exempt"):
            self._stand(person, now)

    def _exempt(self, person: Person, now: datetime) -> None:
        """Exempt from the earliest instant with nothing left to pay; when it was typed does not matter."""
        assert person.registered is not None
        since = person.registered.at
        days = set(self._terms.opens)
        for said in person.said:
            days |= {said.listed_on, said.effective_on if isinstance(said, Listed) else said.ended_on}
        for at in (since, *sorted(begins for day in days if (begins := start(day)) > since)):
            answer = self._answer(person, at, now)
            if answer["outcome"] == "exempt":
                person.state, person.completed_at, person.decided_at = "exempt", at, now
                person.granted = [
                    help_ for help_ in helps_of(answer) if help_.mechanism != "reimburse_to_card"
                ]
                for line in person.waiting:
                    self._judge(person, line, now)
                return

    def _stand(self, person: Person, now: datetime) -> None:
        """A complete enrollment stands; who bears it may change, and its ground may be doubted."""
        assert person.completed_at is not None and person.decided_at is not None
        at, known_at = person.completed_at, person.decided_at
        decided = self._answer(person, at, known_at)
        now = max(now, known_at)
        question = self._questions.about(person, at, now) | {
            "standing_on": self._terms.counted_until(at, now).isoformat()
        }
        standing = self._ask(question)
        if person.state == "exempt" and standing["outcome"] == "exempt":
            person.granted = _without_payment(standing)
        # Money that waited is decided later than it was paid: what was listed in between is late, too.
        later = [said for said in person.said if said.at > known_at or said.listed_on > day_of(at)]
        less = False
        if person.state == "paid" and later:
            less = self._late(person, decided, max(said.at for said in person.said))
        self._doubt(person, decided, standing, now, less=less)

    def _late(self, person: Person, decided: Answer, now: datetime) -> bool:
        """What the notice grants after payment, on top of what was promised at payment.

        Of what was promised later an officer decides: it stands, and less of it is a doubt.
        """
        line = person.counts
        assert line is not None
        assert person.decided_at is not None
        paid = {"at": line.paid_at.isoformat(), "amount_fen": line.amount_fen}
        # What happened to the person since takes no late help away: the enrollment stands.
        then = self._questions.about(person, now, person.decided_at)
        answer = self._ask({**then, "paid": paid, "statuses": self._questions.statuses(person, now)})
        first = helps_of(decided)
        promised, helped = person.promised.get(line.transaction, ([], set()))
        late = on_top(helps_of(answer), first) if answer["outcome"] == "paid" else []
        less = fen_of(late) < fen_of(promised)
        if not less:
            promised = late
            helped = helped | {one["status"] for one in answer["subsidies"]} if late else helped
        person.promised[line.transaction] = (promised, helped)
        person.granted = first + promised
        return less

    def _doubt(self, person: Person, decided: Answer, standing: Answer, now: datetime, *, less: bool) -> None:
        """Why an officer has to look: never entitled, dead or insured before cover, the notice's rule."""
        first_day = benefit_of(decided)[0]
        found: set[str] = set()
        if person.died is not None and (first_day is None or person.died.on.isoformat() < first_day):
            found.add("died")
        insured = person.insured is not None and person.insured.at <= now
        if insured and person.insured is not None:
            # Who becomes an employee when cover has begun keeps it, whenever that is told.
            if first_day is None or person.insured.on.isoformat() < first_day:
                found.add("employee_insured")
        elif less or help_fen(standing) < help_fen(decided):
            found.add("never_entitled")
        if self._cancelled(person, decided):
            found.add("status_cancelled")
        person.causes = found

    def _cancelled(self, person: Person, decided: Answer) -> bool:
        assert person.completed_at is not None
        # What was over by then brought no help.
        earliest = day_of(person.completed_at) + timedelta(days=1)
        helped = {line["status"] for line in decided["subsidies"]}
        if person.counts is not None:
            helped |= person.promised.get(person.counts.transaction, ([], set()))[1]
        ends = [
            (str(status["code"]), date.fromisoformat(str(status["ended_on"])))
            for status in statuses_of(self._terms, person.said)
            if status["code"] in helped and "ended_on" in status
        ]
        return any(
            code in rule.statuses and max(rule.first, earliest) <= end < rule.until
            for rule in self._terms.cancelled
            for code, end in ends
        )

    def _outcome(self, person: Person) -> Outcome:
        benefit: tuple[str | None, str | None] = (None, None)
        if person.completed_at is not None and person.decided_at is not None:
            benefit = benefit_of(self._answer(person, person.completed_at, person.decided_at))
        return Outcome(
            state=person.state,
            benefit_from=benefit[0],
            benefit_to=benefit[1],
            lines=sorted(person.lines, key=lambda line: line.transaction),
            helps=together(_borne(person)),
            cases=["ground_gone"] if person.causes else [],
        )


def _without_payment(answer: Answer) -> list[Help]:
    """The help of somebody who pays nothing, and so gets nothing back."""
    return [one for one in helps_of(answer) if one.mechanism != "reimburse_to_card"]


def _borne(person: Person) -> list[Help]:
    """The help, of which nobody gets back more than is left of what they paid."""
    line = person.counts
    if line is None:
        return person.granted
    room, found = line.left_fen, []
    for one in person.granted:
        fen = one.fen if one.mechanism == "paid_on_behalf" else min(one.fen, room)
        room -= 0 if one.mechanism == "paid_on_behalf" else fen
        found += [Help(one.payer, one.mechanism, fen)] if fen else []
    return found
