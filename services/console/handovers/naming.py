"""What the sections of papers are called in English: papers are signed in Chinese."""

from collections.abc import Mapping

SECTIONS: Mapping[str, str] = {
    "contributions": "Contributions of residents, by township",
    "channels": "Contributions of residents, by channel",
    "personal_accounts": "Of these from personal accounts, owed by the employees’ fund",
    "townships": "Contributions, those paid on behalf too, by township",
    "fund": "Income of the fund, by who bears it",
    "help": "Paid on behalf, by payer",
    "cards_granted": "Paid back to cards: due",
    "cards_paid": "Paid back to cards: paid",
    "outside": "Settled by a department itself, outside this system",
    "funds_granted": "Subsidy funds: due",
    "funds_requested": "Subsidy funds: requested",
    "funds_arrived": "Subsidy funds: arrived",
    "match_heads": "Fiscal match so far, by township: people times rate",
    "match_levels": "Fiscal match so far, by level",
    "match_owed": "Fiscal match: due in this period",
    "match_arrived": "Fiscal match: arrived in this period",
    "work_funds_settled": "Work funds due so far, of the county’s budget and no fund’s",
    "work_funds_paid": "Work funds paid so far, of the county’s budget and no fund’s",
    "suspense": "Money in suspense, more or less in this period",
    "refunds": "Refunds",
    "moved": "Money moved between accounts",
    "moved_after": "Moved or arrived between the cutoff and the day of the handover",
    "repairs": "Lapsed years repaired, in the fund, no contributions of this year",
    "add_ons": "Add-on insurance taken for others, not in the fund",
}
