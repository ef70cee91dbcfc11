"""What the steps about cases of this service do."""

from libs.common.cases.deciding import Desk
from services.subsidy.arrivals import reversing
from services.subsidy.cards.accepting import accept
from services.subsidy.cases.recovering import from_fund, from_person, part_from_person
from services.subsidy.cases.rules import FUNDS_SHORT, HOLDER_DIFFERS, KINDS, PART_RECOVERY, RECOVERY
from services.subsidy.funds.confirming import oldest_first
from services.subsidy.payout_batches import approving
from services.subsidy.payout_batches.rules import OPERATION
from services.subsidy.refunds import deciding as refunding
from services.subsidy.refunds.rules import OPERATION as REFUND

DESK = Desk(
    KINDS,
    {
        (RECOVERY.code, "recovered"): from_person,
        (RECOVERY.code, "from_fund"): from_fund,
        (PART_RECOVERY.code, "recovered"): part_from_person,
        (HOLDER_DIFFERS.code, "accept"): accept,
        (FUNDS_SHORT.code, "oldest_first"): oldest_first,
    },
    operations={
        OPERATION: approving.agree,
        REFUND: refunding.agree,
        reversing.OPERATION: reversing.agree,
    },
    refusals={OPERATION: approving.refuse, REFUND: refunding.refuse},
    first={REFUND: refunding.hold},
    seeing=("subsidy:write", "cards:write"),
)
