"""Who serves a counter, and when what was typed there leads to nobody."""

from services.console.apis.rules import Refused
from services.console.home.rules import may
from services.console.session.rules import Visitor

#: What the service says where number and name lead to nobody.
_NOBODY = "person-not-found"


def serves(visitor: Visitor) -> bool:
    """Whether a role finds somebody by number and name, and takes the money."""
    return may(visitor, "orders:write") and may(visitor, "cash:write")


def is_nobody(refused: Refused) -> bool:
    """Whether number and name lead to nobody: what was typed can be mended."""
    return refused.kind == _NOBODY
