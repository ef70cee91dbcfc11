"""What steps of accounting months are called, and what mends what hinders closing one."""

from services.console.worklists.naming import Names

STEPS: Names = {
    "lock": ("锁定", "locked"),
    "close": ("结账", "closed"),
    "reopen": ("解锁", "opened again"),
}
#: What second persons agree to.
ASKED: Names = {
    "close_month": ("结账", "to close it"),
    "reopen_month": ("解锁", "to open it again"),
}
#: Where pages mend what the ledger says how its API mends.
MENDS: Names = {
    "movement_case_open": ("请在待办事项中办结（须两人）。", "Decide the case; two persons."),
    "handover_open": ("请封存该移交。", "Seal the handover."),
}


def way_of(county: str, month: str) -> str:
    """The page of a month."""
    return f"periods/{county}/{month}"
