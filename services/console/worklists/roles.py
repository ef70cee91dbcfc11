"""Which role has which work lists, in the order of its day."""

from collections.abc import Mapping

from libs.common.security.scopes import ROLES
from services.console.session.rules import Visitor
from services.console.worklists.rules import LISTS

#: The lists of each role in the order of a day's work; a role that is not named here has none.
OF_ROLES: Mapping[str, tuple[str, ...]] = {
    "village_agent": ("unpaid", "cash", "batches", "vouchers", "tickets"),
    "bank_counter": ("cash",),
    "township_officer": (
        *("villages", "batches", "tickets", "cards", "unpaid", "cash", "vouchers"),
        *("helps", "units", "townships", "scores", "bulletins"),
    ),
    "unit_clerk": ("units",),
    "medical_insurance_officer": (
        *("tickets", "suspense", "debits", "exchange", "refunds", "batches", "cards", "merges"),
        *("verifications", "applications", "payout_batches", "helps", "units", "handovers", "villages"),
        *("townships", "bulletins"),
    ),
    "tax_officer": (
        *("suspense", "channel_refunds", "files", "days", "debits", "exchange", "refunds", "batches", "cash"),
        *("vouchers", "handovers", "debts", "path", "villages", "townships", "bulletins"),
    ),
    "finance_officer": (
        "handovers",
        "match",
        "applications",
        "payout_batches",
        "arrivals",
        "debts",
        "path",
        "periods",
        "refunds",
        "batches",
        "vouchers",
    ),
    "leader": ("townships", "scores", "bulletins"),
    "score_officer": ("scores", "score_entries", "townships", "bulletins"),
    "operator": ("services", "channels", "parked", "subscriptions"),
    "auditor": (
        *("lookups", "suspense", "exchange", "refunds", "handovers", "path", "periods", "villages"),
        *("tickets", "merges", "payout_batches"),
    ),
}


def lists_of(visitor: Visitor) -> list[str]:
    """The lists of a visitor's role: those whose API its scopes may ask."""
    own = ROLES[visitor.role]
    return [name for name in OF_ROLES.get(visitor.role, ()) if set(LISTS[name].scopes) & set(own)]
