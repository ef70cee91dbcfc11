"""What can be decided about cases of this service; nothing moves by it."""

from libs.common.cases.deciding import Desk
from services.ledger.cases.rules import KINDS

DESK = Desk(KINDS, seeing=("ledger:write",))
