"""The questions that the model asks the assessment: about one person at one instant, by some knowledge."""

from dataclasses import dataclass
from datetime import datetime

from canbao.simulate.answers import Answer, Ask, Question
from canbao.simulate.histories import Asked, statuses_of
from canbao.simulate.people import Person
from canbao.simulate.terms import Terms


@dataclass(frozen=True)
class Questions:
    """Asks under one notice."""

    terms: Terms
    ask: Ask

    def about(self, person: Person, at: datetime, known_at: datetime, tier: int | None = None) -> Question:
        """The question about an instant, with what was known at another; for a tier that may be chosen."""
        registered = person.registered
        assert registered is not None
        facts: Question = {"born": person.born.isoformat(), "sex": "female", **person.facts(known_at)}
        facts["registered_at"] = registered.at.isoformat()
        question = {"county": self.terms.county, "year": self.terms.year, "at": at.isoformat()}
        question |= {"parameters": dict(self.terms.supplied)}
        event = person.event(known_at)
        question |= {} if event is None else {"event": {"kind": event.kind, "on": event.on.isoformat()}}
        tier = person.tier if tier is None else tier
        tiered = {} if tier is None else {"tier": tier}
        return {**question, "person": facts, **tiered, "statuses": self.statuses(person, known_at)}

    def statuses(self, person: Person, known_at: datetime) -> list[Asked]:
        """What rosters had said by an instant."""
        return statuses_of(self.terms, person.told(known_at))

    def answer(self, person: Person, at: datetime, known_at: datetime, tier: int | None = None) -> Answer:
        """The answer to it."""
        return self.ask(self.about(person, at, known_at, tier))
