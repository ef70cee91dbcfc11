"""Who sees deposits and what their slips show, and which batch a slip is said to bring."""

import re

from services.console.home.rules import may
from services.console.session.rules import Visitor

#: So many photos of a slip are kept.
MOST_PHOTOS = 4
_OF_BATCH = re.compile(r"batch_([0-9]{1,18})")


def sees(visitor: Visitor) -> bool:
    """Whether a role sees deposits at all."""
    return any(may(visitor, scope) for scope in ("cash:write", "cash:review", "collection:read"))


def sees_photos(visitor: Visitor) -> bool:
    """Whether a role sees what slips show: a name, an account."""
    reads = may(visitor, "cash:review") or may(visitor, "collection:read")
    return reads and (may(visitor, "cash:review") or may(visitor, "pii:read"))


def batch_in(which: str) -> int | None:
    """The batch of an answer like `batch_3`; None for every other one."""
    found = _OF_BATCH.fullmatch(which)
    return int(found[1]) if found else None
