"""What is done again and again, because time brings it: handovers that are due, and days of channels."""

from functools import partial

from libs.common.cases.alerting import Look, count_alerts, watching
from libs.common.service import Worker
from services.ledger.access import LedgerContext
from services.ledger.daytotals.comparing import see_to_day_totals
from services.ledger.handovers.alarming import see_to_handovers
from services.ledger.handovers.alarms_store import newest
from services.ledger.handovers.preparing import preparing


def alarms(context: LedgerContext) -> list[Worker]:
    """Make the workers, and count what they raise; any number of instances may run."""
    count_alerts(context)
    looks: list[Look] = [
        partial(see_to_handovers, notices=context.notices, days=context.settings.warning_days),
        partial(see_to_day_totals, notices=context.notices),
    ]
    return [preparing(context), watching(context, "alerts", looks, newest)]
