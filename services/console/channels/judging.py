"""What of a channel has to be looked at."""

from services.console.channels.schemas import Channel, Key

#: A secret is followed by another one within a year.
_LASTS_DAYS = 366


def is_old(key: Key) -> bool:
    """Whether a secret should have been followed by another one by now."""
    return key.age_days is not None and key.age_days > _LASTS_DAYS


def refused_of(one: Channel) -> int:
    """How many of its notifications were refused of late."""
    return sum(tally.count for tally in one.tallies if not tally.taken)


def needs_look(one: Channel) -> bool:
    """Whether something was refused, its last trial failed, or its newest secret is old."""
    failed = one.trial is not None and one.trial.fault is not None
    return bool(refused_of(one)) or failed or bool(one.keys and is_old(one.keys[0]))
