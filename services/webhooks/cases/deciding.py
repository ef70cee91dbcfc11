"""What there is to be decided here: nothing; alerts alone, which resuming ends."""

from libs.common.cases.deciding import Desk
from services.webhooks.cases.rules import KINDS

DESK = Desk(KINDS)
