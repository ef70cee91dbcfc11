"""What the codes of scores are called."""

from services.console.worklists.naming import Names

SHEETS: Names = {
    "provisional": ("暂计，未提请签认", "provisional"),
    "waiting": ("已冻结，待第二人签认", "frozen, waits to be signed"),
    "final": ("已签认定稿", "signed, final"),
    "refused": ("已退回", "sent back"),
}
ENTRIES: Names = {
    "waiting": ("待复核，未计入", "waits, does not count"),
    "agreed": ("已生效", "counts"),
    "refused": ("已退回", "refused"),
    "withdrawn": ("已撤销", "withdrawn"),
}
KINDS: Names = {
    "judged": ("评定分", "points of a judge"),
    "incident": ("扣分事例", "incident"),
    "budget": ("工作经费预算额", "budget of work funds"),
}


def way_of(county: str, year: int) -> str:
    """The page of a season's sheet."""
    return f"scores/{county}/{year}"
