"""How an application stands, and who may say how much of its money there is."""

from services.console.funds.schemas import Application
from services.console.home.rules import may
from services.console.session.rules import Visitor
from services.console.worklists.money_schemas import Application as Listed


def state_of(one: Listed) -> str:
    """Whether it waits for finance, has less than it asks for, or all of it."""
    if one.confirmed_at is None:
        return "waiting"
    return "short" if one.short_fen else "confirmed"


def may_confirm(visitor: Visitor, one: Application) -> bool:
    """Whether a visitor may say how much there is: never of what the visitor applied for."""
    asks_oneself = visitor.name == one.applied_by
    return may(visitor, "subsidy:approve") and state_of(one) != "confirmed" and not asks_oneself
