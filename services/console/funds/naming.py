"""What the states of applications are called."""

from services.console.worklists.naming import Names

APPLICATIONS: Names = {
    "waiting": ("待财政确认", "waits for finance"),
    "short": ("资金不足", "short of money"),
    "confirmed": ("已足额确认", "confirmed in full"),
}


def way_of(application_id: int) -> str:
    """The page of an application."""
    return f"fund-applications/{application_id}"
