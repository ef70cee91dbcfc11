"""What is looked at again and again, because time brings it: payouts that nobody gives a card for."""

from functools import partial

from libs.common.cases.alerting import count_alerts, watching
from libs.common.service import Worker
from services.subsidy.assembly import SubsidyContext
from services.subsidy.payouts.alarming import see_to_cards
from services.subsidy.payouts.alarms_store import newest


def alarms(context: SubsidyContext) -> list[Worker]:
    """Make the worker, and count what it raises; any number of instances may run."""
    count_alerts(context)
    return [watching(context, "alerts", [partial(see_to_cards, days=context.settings.card_days)], newest)]
