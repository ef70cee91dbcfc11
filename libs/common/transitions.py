"""State machines as data: which event leads from which state to which.

What decides in Python and what SQL writes take their states from the same table.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

State = TypeVar("State", bound=StrEnum)
Event = TypeVar("Event", bound=StrEnum)


class TransitionRefused(Exception):
    """Something in this state does not allow what was asked."""

    def __init__(self, state: str, event: str) -> None:
        super().__init__(f"what is {state} cannot be {event}")
        self.state = state
        self.event = event


class Transitions(Generic[State, Event]):
    """The state that follows, by state and event; what is not listed is not allowed."""

    def __init__(self, listed: Mapping[tuple[State, Event], State]) -> None:
        self._listed = dict(listed)

    def after(self, state: State, event: Event) -> State:
        """Give the state that follows; raise TransitionRefused."""
        try:
            return self._listed[state, event]
        except KeyError:
            raise TransitionRefused(state, event) from None

    def allows(self, state: State, event: Event) -> bool:
        """Whether `event` can happen in `state`."""
        return (state, event) in self._listed

    def before(self, event: Event) -> tuple[State, ...]:
        """The states in which `event` can happen, in the order of the table."""
        return tuple(state for state, known in self._listed if known == event)

    def leads_to(self, event: Event) -> State:
        """The one state to which `event` leads; raise ValueError when that depends on the state before."""
        (state,) = {after for (_, known), after in self._listed.items() if known == event}
        return state


def listed(states: Iterable[StrEnum]) -> str:
    """States as SQL compares with them: `state IN ('ready', 'sent')`."""
    return "(" + ", ".join(f"'{state.value}'" for state in states) + ")"
