"""What can be decided about cases of this service, and what else needs a second person."""

from libs.common.cases.deciding import Desk
from services.ledger.cases.rules import KINDS
from services.ledger.matches import entering

DESK = Desk(KINDS, operations={entering.OPERATION: entering.agree}, seeing=("ledger:write",))
