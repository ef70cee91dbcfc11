"""Why money moves: one word for each direction."""

from enum import StrEnum


class Kind(StrEnum):
    """Why money moves. Each kind has one direction; a reversal is its mirror."""

    #: A resident owes: residents -> dues.
    CHARGE = "charge"
    #: A due is paid: dues -> clearing.
    CONTRIBUTION = "contribution"
    #: Money for add-ons comes in: residents -> clearing.
    ADD_ON_RECEIVED = "add_on_received"
    #: It is kept for its payee, outside the fund: clearing -> add_on.
    ADD_ON_SET_APART = "add_on_set_apart"
    #: A lapsed year is repaired, money of the fund beside the dues: repair -> clearing.
    REPAIR_RECEIVED = "repair_received"
    #: The same out of suspense: suspense -> clearing, and repair -> residents, who gave it when it came.
    REPAIR_APPLIED, REPAIR_SETTLED = "repair_applied", "repair_settled"
    #: Money comes in that cannot be applied: residents -> clearing.
    SUSPENDED_RECEIVED = "suspended_received"
    #: It is kept until it is understood: clearing -> suspense.
    SUSPENDED = "suspended"
    #: Money in suspense becomes a contribution: suspense -> clearing.
    APPLIED = "applied"
    #: The due that it pays is settled: dues -> residents (who gave the money when it was suspended).
    SETTLED = "settled"
    #: Money in suspense becomes an add-on: suspense -> add_on.
    ADD_ON_APPLIED = "add_on_applied"
    #: What is kept for others stays where it lies, as part of what the channel took: held -> clearing.
    HELD = "held"
    #: Money in suspense leaves these books for those of another county or year: suspense -> elsewhere.
    SUSPENSE_RELOCATED = "suspense_relocated"
    #: So does the place where it lies: clearing (or special account) -> held, here; the mirror of it, there.
    HELD_RELOCATED = "held_relocated"
    #: A refund is given back by the books of another county or year: refunds -> elsewhere.
    REFUND_RELOCATED = "refund_relocated"
    #: A payer bears a share of the price: payer -> special fiscal account.
    PAID_ON_BEHALF = "paid_on_behalf"
    #: A payer owes a share to the person who paid all: payer -> payouts.
    REIMBURSEMENT = "reimbursement"
    #: The bank credits a card: payouts -> cards.
    PAYOUT = "payout"
    #: Money in suspense is to go back: suspense -> refunds.
    REFUND_OF_SUSPENSE = "refund_of_suspense"
    #: An applied contribution is to go back: special fiscal account -> refunds.
    REFUND_OF_CONTRIBUTION = "refund_of_contribution"
    #: So is what is left of one that ended, until the bank answers: special fiscal account -> refunds.
    REFUND_ON_ITS_WAY = "refund_on_its_way"
    #: Its add-ons are to go back too: add_on -> refunds.
    REFUND_OF_ADD_ON = "refund_of_add_on"
    #: A repaired year is to go back: special fiscal account -> refunds, and residents -> repair.
    REFUND_OF_REPAIR, REPAIR_GIVEN_BACK = "refund_of_repair", "repair_given_back"
    #: What was held for others is given back by finance, wherever it still lies: special account -> held.
    REFUND_DRAWN = "refund_drawn"
    #: A refund came back from the bank and waits again: refunds -> suspense.
    REFUND_RETURNED = "refund_returned"
    #: The bank gives it back: refunds -> residents.
    REFUND = "refund"
    #: A channel gave money back itself: refunds -> residents, out of what the next three say.
    RETURNED = "returned"
    #: Money that a channel had reported did not stay (a chargeback, a bounced cheque): refunds -> residents.
    BOUNCED = "bounced"
    #: It had been a contribution: clearing -> refunds.
    RETURNED_OF_CONTRIBUTION = "returned_of_contribution"
    #: It had been in suspense, or for an add-on: suspense, or add_on -> held.
    RETURNED_OF_SUSPENSE = "returned_of_suspense"
    RETURNED_OF_ADD_ON = "returned_of_add_on"
    #: It had repaired a lapsed year: clearing -> refunds.
    RETURNED_OF_REPAIR = "returned_of_repair"
    #: What was held for others leaves the channel: clearing -> refunds.
    RETURNED_DRAWN = "returned_drawn"
    #: A contribution pays its due no more and waits in suspense: clearing -> suspense.
    UNAPPLIED = "unapplied"
    #: It is somebody's again, where it lies: held -> clearing.
    UNAPPLIED_HELD = "unapplied_held"
    #: So does an add-on: add_on -> suspense.
    ADD_ON_UNAPPLIED = "add_on_unapplied"
    #: So does a repaired year: clearing -> suspense.
    REPAIR_UNAPPLIED = "repair_unapplied"
    #: Help that had reached a card comes back: special account (the contribution), or cards -> payouts.
    RECOVERED_FROM_FUND = "recovered_from_fund"
    RECOVERED_FROM_PERSON = "recovered_from_person"
    #: A payer's money is applied for: request -> awaited; comes: awaited -> arrival; goes back: the mirror.
    FUNDS_REQUESTED, FUNDS_ARRIVED, FUNDS_RETURNED = "funds_requested", "funds_arrived", "funds_returned"
    #: A level of government bears the match: match -> match_due; it comes: match_due -> special account.
    FISCAL_MATCH = "fiscal_match"
    MATCH_ARRIVED = "match_arrived"
    #: The county owes a unit money for its work: work_funds -> work_funds_due; it pays: -> work_funds_paid.
    WORK_FUNDS_SETTLED = "work_funds_settled"
    WORK_FUNDS_PAID = "work_funds_paid"
    #: A channel pays what it collected into the pending-remittance account (cash_deposit).
    CHANNEL_SETTLEMENT = "channel_settlement"
    #: The employees' fund pays what it owes of personal accounts: employee_fund -> special fiscal account.
    EMPLOYEE_FUND_TRANSFER = "employee_fund_transfer"
    #: A channel keeps its fee: clearing -> channel_fee; who bears it makes up for it: -> special account.
    CHANNEL_FEE, CHANNEL_FEE_REIMBURSED = "channel_fee", "channel_fee_reimbursed"
    #: The treasury has it: pending remittance -> treasury.
    TREASURY_RECEIPT = "treasury_receipt"
    #: Finance has it: treasury -> special fiscal account.
    FISCAL_TRANSFER = "fiscal_transfer"
    #: The city has it: special fiscal account -> upward.
    UPWARD_REMITTANCE = "upward_remittance"
    #: The payee of add-ons has its money: special account, or clearing -> payee; then add_on -> held.
    ADD_ON_HANDOVER = "add_on_handover"
    ADD_ON_DISCHARGED = "add_on_discharged"
