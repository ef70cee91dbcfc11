"""Which question fills which work list."""

from collections.abc import Awaitable, Callable, Mapping

from services.console.worklists import (
    gathering_auditor,
    gathering_bureau,
    gathering_county,
    gathering_finance,
    gathering_operator,
    gathering_scores,
    gathering_tax,
    gathering_township,
    gathering_unit,
    gathering_village,
)
from services.console.worklists.asking import Wanted
from services.console.worklists.rules import Table

#: By the name of the list.
GATHER: Mapping[str, Callable[[Wanted], Awaitable[Table]]] = {
    "unpaid": gathering_village.unpaid,
    "cash": gathering_village.cash,
    "vouchers": gathering_village.vouchers,
    "batches": gathering_village.batches,
    "villages": gathering_township.villages,
    "tickets": gathering_township.tickets,
    "cards": gathering_township.cards,
    "merges": gathering_bureau.merges,
    "suspense": gathering_tax.suspense,
    "channel_refunds": gathering_tax.channel_refunds,
    "files": gathering_tax.files,
    "days": gathering_tax.days,
    "exchange": gathering_tax.exchange,
    "debits": gathering_tax.debits,
    "refunds": gathering_tax.refunds,
    "handovers": gathering_finance.handovers,
    "debts": gathering_finance.debts,
    "path": gathering_finance.path,
    "match": gathering_finance.match,
    "applications": gathering_finance.applications,
    "payout_batches": gathering_bureau.payout_batches,
    "arrivals": gathering_finance.arrivals,
    "verifications": gathering_finance.verifications,
    "helps": gathering_unit.helps,
    "units": gathering_unit.units,
    "periods": gathering_finance.periods,
    "townships": gathering_county.townships,
    "bulletins": gathering_county.bulletins,
    "scores": gathering_scores.scores,
    "score_entries": gathering_scores.entries,
    "lookups": gathering_auditor.lookups,
    "services": gathering_operator.services,
    "channels": gathering_operator.channels,
    "parked": gathering_operator.parked,
    "subscriptions": gathering_operator.subscriptions,
}
