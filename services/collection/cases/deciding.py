"""What the steps about cases of this service do."""

from libs.common.cases.deciding import Desk
from services.collection.cases.rules import KINDS

DESK = Desk(KINDS)
