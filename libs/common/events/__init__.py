"""The event contracts: the only types that services share. `CATALOG` finds the model of a type."""

from libs.common.events import collection, ledger, registration, subsidy
from libs.common.events.envelope import (
    DueSegment,
    EventAttributes,
    Fact,
    RepairTerms,
    SubsidyLine,
    TierSchedule,
)

CATALOG: dict[str, type[Fact]] = {
    fact.type: fact for module in (registration, collection, subsidy, ledger) for fact in module.EVENTS
}
TOPICS: tuple[str, ...] = (registration.TOPIC, collection.TOPIC, subsidy.TOPIC, ledger.TOPIC)

__all__ = [
    "CATALOG",
    "TOPICS",
    "DueSegment",
    "EventAttributes",
    "Fact",
    "RepairTerms",
    "SubsidyLine",
    "TierSchedule",
]
