"""What is looked at again and again, because time brings it: what nobody answers, what ends, what lags."""

from functools import partial

from libs.common.cases.alerting import Look, count_alerts, watching
from libs.common.cases.lockouts import count_lockouts, see_to_lockouts
from libs.common.service import Worker
from services.registration.bulletins.preparing import EVERY_SECONDS as OF_BULLETINS
from services.registration.bulletins.preparing import preparing
from services.registration.helps.alarming import see_to_help
from services.registration.notices.alarming import see_to_deadlines, see_to_registrations
from services.registration.progress.alarming import EVERY_SECONDS, see_to_goals
from services.registration.rosters.alarming import see_to_rosters
from services.registration.settings import RegistrationContext
from services.registration.tickets.alarming import see_to_tickets
from services.registration.tickets.alarms_store import newest


def alarms(context: RegistrationContext) -> list[Worker]:
    """Make the workers, and count what they raise; any number of instances may run."""
    notices, settings = context.notices, context.settings
    count_alerts(context)
    count_lockouts(context)
    days = settings.warning_days
    looks: list[Look] = [
        partial(see_to_tickets, notices=notices),
        partial(see_to_registrations, notices=notices),
        partial(see_to_deadlines, notices=notices, days=days),
        partial(see_to_rosters, notices=notices, days=days),
        partial(see_to_help, notices=notices),
        partial(see_to_lockouts, limit=settings.guess_limit),
    ]
    goals = partial(see_to_goals, notices=notices, margin=settings.goal_margin)
    return [
        watching(context, "alerts", looks, newest),
        watching(context, "goals", [goals], newest, EVERY_SECONDS),
        watching(context, "bulletins", preparing(notices), newest, OF_BULLETINS),
    ]
