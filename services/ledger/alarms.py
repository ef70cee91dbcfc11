"""What is looked at again and again, because time brings it: handovers that are due."""

from functools import partial

from libs.common.cases.alerting import count_alerts, watching
from libs.common.service import Worker
from services.ledger.access import LedgerContext
from services.ledger.handovers.alarming import see_to_handovers
from services.ledger.handovers.alarms_store import newest


def alarms(context: LedgerContext) -> list[Worker]:
    """Make the worker, and count what it raises; any number of instances may run."""
    count_alerts(context)
    look = partial(see_to_handovers, notices=context.notices, days=context.settings.warning_days)
    return [watching(context, "alerts", [look], newest)]
