"""Says how the banks of a county debit, as the settings declare it."""

from services.collection.assembly import CollectionContext
from services.collection.debit_files.profiles import Profile
from services.collection.debits.rules import DebitTerms
from services.collection.mandates.problems import CHANNEL_NO_DEBIT


def terms_of(context: CollectionContext, county: str, channel: str) -> DebitTerms:
    """How a channel debits. Raises Problem 422 with those that do."""
    known = context.parts.debits.get(county, {})
    if channel not in known:
        raise CHANNEL_NO_DEBIT.problem(channels=sorted(known))
    return known[channel]


def layout_of(context: CollectionContext, terms: DebitTerms) -> Profile:
    """The layout by which a bank is given what to debit."""
    found = context.parts.debit_profiles.sending(terms.profile)
    assert found is not None, "the settings were checked at the start"
    return found
