"""What the steps about cases of this service do."""

from libs.common.cases.deciding import Desk
from services.subsidy.cases.recovering import from_fund, from_person
from services.subsidy.cases.rules import KINDS, RECOVERY

DESK = Desk(KINDS, {(RECOVERY.code, "recovered"): from_person, (RECOVERY.code, "from_fund"): from_fund})
