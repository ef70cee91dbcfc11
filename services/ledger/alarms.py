"""What is done again and again, because time brings it: handovers that are due, and are prepared."""

from functools import partial

from libs.common.cases.alerting import count_alerts, watching
from libs.common.service import Worker
from services.ledger.access import LedgerContext
from services.ledger.handovers.alarming import see_to_handovers
from services.ledger.handovers.alarms_store import newest
from services.ledger.handovers.preparing import preparing


def alarms(context: LedgerContext) -> list[Worker]:
    """Make the workers, and count what they raise; any number of instances may run."""
    count_alerts(context)
    look = partial(see_to_handovers, notices=context.notices, days=context.settings.warning_days)
    return [preparing(context), watching(context, "alerts", [look], newest)]
