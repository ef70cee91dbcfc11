"""How a list of money in suspense continues, and how long a line has waited."""

from datetime import UTC, datetime

from libs.common.clock import business_date


def age_days(received_at: datetime, now: datetime) -> int:
    """Business days since the money arrived."""
    return (business_date(now) - business_date(received_at)).days


def mark(received_at: datetime, payment_id: int, line_no: int) -> str:
    """Write the place of a line in the list, so that the next page can begin behind it."""
    # Z, because + means a blank in a query.
    at = received_at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{at}Z_{payment_id}_{line_no}"


def place_of(text: str) -> tuple[datetime, int, int]:
    """Read a mark; raise ValueError for what is none."""
    at, payment, line = text.rsplit("_", 2)
    received_at, payment_id, line_no = datetime.fromisoformat(at), int(payment), int(line)
    if received_at.tzinfo is None or not (0 < payment_id < 2**63 and 0 < line_no < 2**31):
        raise ValueError("no mark of ours")
    return received_at, payment_id, line_no
