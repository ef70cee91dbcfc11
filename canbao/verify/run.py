"""Runs all checks, one after the other."""

import time
from collections.abc import Awaitable, Callable, Mapping

import asyncpg
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from canbao.definitions import SEASON
from canbao.verify import (
    amounts,
    batches,
    books,
    cash,
    certificates,
    completions,
    day_totals,
    debts,
    events,
    funds,
    givebacks,
    grounds,
    handovers,
    heard,
    identities,
    lines,
    lookups,
    matches,
    papers,
    paths,
    payments,
    payouts,
    periods,
    postings,
    revisions,
    scores,
    states,
    subsidies,
    tickets,
    villages,
    work_funds,
)
from canbao.verify.report import Findings, Report
from canbao.verify.sources import NotMigrated, Sources, open_sources
from libs.common.db.engine import create_engine
from libs.common.db.trouble import causes
from libs.common.policy import Notices

Check = Callable[[Sources, Findings], Awaitable[None]]
LedgerCheck = Callable[[Sources, AsyncEngine, Findings], Awaitable[None]]

_NOT_MIGRATED = (asyncpg.UndefinedTableError, asyncpg.UndefinedColumnError)

#: name -> (what must hold, the check).
CHECKS: Mapping[str, tuple[str, Check]] = {
    "events": ("every published event was handled by all who want it", events.all_arrived),
    "payments": ("the lines of a payment add up to it", payments.add_up),
    "payment-lines": (
        "a line is in exactly one of applied, suspense, refunded",
        payments.are_in_one_place,
    ),
    "amounts": ("what was paid is what was owed then", amounts.are_explained),
    "paid-once": ("nobody is paid for twice in a year", payments.are_once),
    "subsidies": ("every grant has its rule and its payer", subsidies.have_rule_and_payer),
    "grants-posted": ("the ledger has every grant as it was decided", subsidies.are_posted),
    "grounds": (
        "every grant stands on a payment, an exemption or a case",
        grounds.grants_stand_on_something,
    ),
    "lines-heard": ("subsidy knows every payment line as collection has it", heard.lines_are_the_same),
    "payouts": ("no card is paid twice", payouts.are_paid_once),
    "payouts-verified": (
        "no help left before its line was verified and funded, where the notice has that",
        payouts.are_verified,
    ),
    "payouts-posted": ("what must leave has a payout, and every answer is posted", payouts.are_everywhere),
    "funds": (
        "what was applied for is what its lines are, and the ledger has it and what has come, once",
        funds.add_up,
    ),
    "cash": (
        "cash in hand is on its collector's account, each receipt is a payment, each slip its receipts",
        cash.is_accounted_for,
    ),
    "books": (
        "paper on receipts was its collector's, no number is in two places, written-off paper is done with",
        books.add_up,
    ),
    "village-batches": (
        "passed batches are what was compared, by others than made them, released before the bank, posted",
        batches.are_what_was_passed,
    ),
    "certificates": (
        "certificates are about payment lines of their people, and no number is missing",
        certificates.are_about_money,
    ),
    "money-back": ("what was given back was there, on its line", grounds.money_back_has_its_line),
    "channel-refunds": (
        "what channels are to give back is held once, and when it has ended by nobody any more",
        givebacks.are_held_once,
    ),
    "debits": (
        "what a bank did not debit holds nobody any more, what it did is a payment",
        givebacks.debits_have_ended,
    ),
    "states": ("all services say the same of a person's year", states.agree),
    "completions": (
        "whoever is complete is so by a payment or grant that stands, and collection applied the same",
        completions.stand,
    ),
    "revisions": ("services hold the same last word about what is owed", revisions.are_the_same),
    "cover": ("whoever is paid or exempt is covered, or a decision says why", states.are_covered),
    "village-lists": (
        "whoever is complete is ticked off once, bases hold whom they say, chases are as their last step",
        villages.lists_agree,
    ),
    "tickets": (
        "what a resolved ticket changed is there, or was changed again later",
        tickets.are_carried_out,
    ),
    "identities": ("one identity document is one person", identities.are_one_person),
    "balances": ("postings sum to zero", postings.sum_to_zero),
    "postings": ("postings equal the facts by the rules", postings.equal_facts),
    "scores": ("what scores count was agreed on by two, sheets are as frozen", scores.are_agreed_on),
    "work-funds": (
        "the ledger owes units what final sheets give them, and what was paid is posted once",
        work_funds.are_as_signed,
    ),
    "papers": ("signed papers are as they were, and the next seal has their hash", papers.are_as_signed),
    "money-path": ("money moved by steps of the notice, or has a case", paths.are_the_notices),
    "channel-debts": (
        "what channels owe by day is on their accounts, slips pay what they moved, fees are posted once",
        debts.add_up,
    ),
    "day-totals": ("what channels took on each day is posted as collection has it", day_totals.are_posted),
    "periods": ("closed months are as frozen, their journals without gaps", periods.are_as_frozen),
    "lookups": ("what the audit of look-ups holds is as it was sealed", lookups.are_as_sealed),
    "line-postings": ("what a payment line needs is posted", lines.equal_facts),
}

#: What the ledger computed and sealed, computed again by its own statements.
LEDGER_CHECKS: Mapping[str, tuple[str, LedgerCheck]] = {
    "handovers": ("sealed handovers are the same bytes again", handovers.are_the_same_again),
    "fiscal-match": (
        "matches are the same again, what they change is posted, and so is what has come",
        matches.are_the_same_again,
    ),
}


async def verify(
    urls: Mapping[str, str], notices: Notices, progress: Callable[[str], None] = lambda name: None
) -> Report:
    """Run every check against the databases at `urls` (by service name); `progress` hears each name."""
    report = Report()
    async with open_sources({name: urls[name] for name in SEASON}, notices) as sources:
        for name, (about, check) in CHECKS.items():
            progress(name)
            report.checks.append(await _timed(Findings(name, about), check, sources))
        for name, (about, again) in LEDGER_CHECKS.items():
            progress(name)
            report.checks.append(await _of_ledger(Findings(name, about), again, sources, urls["ledger"]))
    return report


async def _of_ledger(found: Findings, again: LedgerCheck, sources: Sources, url: str) -> Findings:
    engine = create_engine(url, name="canbao-verify")
    try:

        async def check(sources: Sources, found: Findings) -> None:
            await again(sources, engine, found)

        return await _timed(found, check, sources)
    finally:
        await engine.dispose()


async def _timed(found: Findings, check: Check, sources: Sources) -> Findings:
    started = time.perf_counter()
    try:
        await check(sources, found)
    except (ProgrammingError, *_NOT_MIGRATED) as error:
        missing = next((cause for cause in causes(error) if isinstance(cause, _NOT_MIGRATED)), None)
        if missing is None:
            raise
        raise NotMigrated(f"a database is not up to date ({missing})") from None
    found.seconds = time.perf_counter() - started
    return found
