"""The questions that the model asks the assessment: about one person at one instant, by some knowledge."""

from dataclasses import dataclass
from datetime import date, datetime

from pydantic import JsonValue

from canbao.simulate.answers import Answer, Ask, Question
from canbao.simulate.histories import Asked, statuses_of
from canbao.simulate.people import Person
from canbao.simulate.terms import Terms

#: From then on somebody has to be insured.
_DUE_SINCE = ("hukou_moved_in", "discharged", "released", "returned_from_abroad")


@dataclass(frozen=True)
class Questions:
    """Asks under one notice."""

    terms: Terms
    ask: Ask

    def about(
        self,
        person: Person,
        at: datetime,
        known_at: datetime,
        tier: int | None = None,
        past_known_at: datetime | None = None,
    ) -> Question:
        """The question about an instant, with what was known at another; for a tier that may be chosen.

        The years before may become known later: they change the cover, not what was owed.
        """
        registered = person.registered
        assert registered is not None
        facts: Question = {"born": person.born.isoformat(), "sex": "female", **person.facts(known_at)}
        facts["registered_at"] = registered.at.isoformat()
        facts |= self._past(person, past_known_at or known_at)
        question = {"county": self.terms.county, "year": self.terms.year, "at": at.isoformat()}
        question |= {"parameters": dict(self.terms.supplied)}
        event = person.event(known_at)
        question |= {} if event is None else {"event": {"kind": event.kind, "on": event.on.isoformat()}}
        tier = person.tier if tier is None else tier
        tiered = {} if tier is None else {"tier": tier}
        return {**question, "person": facts, **tiered, "statuses": self.statuses(person, known_at)}

    def _past(self, person: Person, known_at: datetime) -> dict[str, JsonValue]:
        """The years before, if all that count are known: in a life of one season by employment alone."""
        if self.terms.counted_from is None:
            return {}
        since = [one.on.year for one in person.happened_by(known_at) if one.kind in _DUE_SINCE]
        insurance = person.facts(known_at).get("employee_insurance", {})
        ended_on = insurance.get("ended_on") if isinstance(insurance, dict) else None
        insured = [] if ended_on is None else [date.fromisoformat(str(ended_on)).year]
        last = self.terms.year - 1
        if last >= max(max(since, default=person.born.year), self.terms.counted_from) and last not in insured:
            return {}
        history: dict[str, JsonValue] = {"insured_years": [year for year in insured if year <= last]}
        return {"history": history | ({"due_from_year": max(since)} if since else {})}

    def statuses(self, person: Person, known_at: datetime) -> list[Asked]:
        """What rosters had said by an instant."""
        return statuses_of(self.terms, person.told(known_at))

    def answer(self, person: Person, at: datetime, known_at: datetime, tier: int | None = None) -> Answer:
        """The answer to it."""
        return self.ask(self.about(person, at, known_at, tier))

    def cover(self, person: Person, at: datetime, known_at: datetime, now: datetime) -> Answer:
        """The answer with all that is known of the years before by now."""
        return self.ask(self.about(person, at, known_at, past_known_at=now))

    def standing(self, person: Person, at: datetime, now: datetime) -> Answer:
        """What holds of a completion by what is known now."""
        until = self.terms.counted_until(at, now)
        return self.ask(self.about(person, at, now) | {"standing_on": until.isoformat()})
