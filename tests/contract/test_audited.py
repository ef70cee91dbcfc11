"""What shows or changes data of people is in the audit, or stands here with the reason why it need not be."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest
from fastapi import FastAPI

from canbao.definitions import SERVICES
from canbao.documents import application, openapi_of
from libs.common.settings import REPOSITORY
from services.console.audits.naming import OPERATIONS

#: What writes into the audit.
RECORDS = {"record_lookup", "record_refusals", "record_searches", "lookup_rows"}
#: Operations that neither show nor change anything about one person.
NEED_NOT = {
    "list_registration_lookup_seals": "hashes and counts",
    "verify_registration_lookup_seal": "hashes and counts",
    "list_collection_lookup_seals": "hashes and counts",
    "verify_collection_lookup_seal": "hashes and counts",
    "list_subsidy_lookup_seals": "hashes and counts",
    "verify_subsidy_lookup_seal": "hashes and counts",
    "list_ledger_lookup_seals": "hashes and counts",
    "verify_ledger_lookup_seal": "hashes and counts",
    "list_webhooks_lookup_seals": "hashes and counts",
    "verify_webhooks_lookup_seal": "hashes and counts",
    "create_subscription": "an address of a system; who made it is on it, and in the log",
    "list_subscriptions": "addresses of systems",
    "get_subscription": "an address of a system",
    "change_subscription": "an address of a system; who changed it is in the log",
    "end_subscription": "an address of a system; who ended it is in the log",
    "change_subscription_secret": "a secret; who made it is on it, and in the log",
    "test_subscription": "a message that tells of nothing",
    "resume_subscription": "an address of a system",
    "replay_subscription": "facts by time, which are not shown",
    "list_deliveries": "ids of events, without what they tell",
    "list_channels": "fingerprints of secrets, and counts",
    "list_channel_secrets": "fingerprints of secrets",
    "list_channel_queries": "numbers of orders and transactions",
    "list_exchange_batches": "batches as a whole",
    "get_exchange_batch": "counts",
    "list_channel_days": "sums of days",
    "get_channel_day": "sums of a day, ids of cases, who closed it",
    "get_channel_day_totals": "sums of days",
    "list_imports": "about files; whom they changed is recorded by person",
    "get_import": "about a file",
    "get_import_template": "an empty table",
    "get_cards_template": "an empty table",
    "get_cash_receipts_template": "an empty table",
    "get_fund_arrivals_template": "an empty table",
    "get_match_arrivals_template": "an empty table",
    "list_channel_fees": "what channels keep of a day",
    "reverse_channel_fee": "what a channel keeps of a day; the approval is recorded",
    "get_leaflet": "a notice, without names",
    "compare_notices": "notices, without names",
    "list_worked_cases": "worked cases of a notice, made up",
    "assess_questions": "a question without a name, and no person on record",
    "list_erasable": "years of ids, without a person",
    "list_unassessed": "enrollments by id that wait, without a person",
    "retry_unassessed": "of a whole notice",
    "list_notices": "public",
    "get_notice": "public",
    "get_notice_words": "public",
    "supply_parameters": "amounts of a notice; the approval is recorded",
    "reassess": "of a whole notice",
    "report_enrollments": "counts",
    "state_whole": "of a place; the approval is recorded",
    "get_scores": "points of townships; evidence is of townships, without numbers of people",
    "list_score_sheets": "who asked for a sheet of townships, and who signed it",
    "list_score_entries": "about townships; each is its own record of who entered it and who agreed",
    "enter_score_entry": "about a township; the entry is its own record",
    "withdraw_score_entry": "about a township; the approval is recorded",
    "freeze_score_sheet": "points of townships; the approval is recorded",
    "verify_score_sheet": "points of townships",
    "get_progress": "counts",
    "list_progress_dates": "counts",
    "get_progress_days": "counts",
    "list_progress_snapshots": "counts",
    "keep_progress_snapshot": "counts",
    "list_progress_figures": "counts",
    "enter_progress_figures": "counts",
    "list_due_bulletins": "counts",
    "list_bulletins": "counts",
    "draft_bulletin": "counts",
    "get_bulletin": "counts",
    "get_bulletin_file": "counts",
    "sign_bulletin": "counts; the approval is recorded",
    "refuse_bulletin": "counts; the approval is recorded",
    "count_survey_villages": "counts",
    "list_reminders": "counts",
    "count_tickets": "counts",
    "open_season": "of a whole county; each enrollment is its own record",
    "get_opening": "counts",
    "register_unit": "a school or another unit",
    "list_units": "counts",
    "list_unit_orders": "sums of the own unit",
    "get_figures_template": "sums by township and channel",
    "get_unit": "counts",
    "list_survey_bases": "files as a whole",
    "payment_totals": "counts",
    "total_registration_cases": "counts",
    "total_collection_cases": "counts",
    "total_subsidy_cases": "counts",
    "total_ledger_cases": "counts",
    "total_webhooks_cases": "counts",
    "get_money_path": "amounts at places",
    "list_channel_debts": "sums by channel",
    "list_channel_debt_days": "sums by channel and day",
    "list_slip_matches": "sums by day",
    "list_channel_day_totals": "sums by day",
    "match_movement": "sums by day; each match is its own record of who said so",
    "list_handover_papers": "counts and sums",
    "get_handover_paper": "counts and sums by township, channel and payer",
    "get_handover_paper_of_township": "counts and sums of a township",
    "enter_party_figures": "counts and sums; each is its own record of who gave them",
    "read_party_figures": "counts and sums; each is its own record of who gave them",
    "sign_handover_paper": "counts and sums; the approval and the paper are the record",
    "get_fiscal_match": "sums by level of government",
    "enter_match_terms": "of a county; the approval is recorded",
    "match_anew": "sums by level of government; the match is its own record",
    "list_matches": "sums by level of government",
    "get_match": "counts and sums by township",
    "enter_match_arrivals": "money of a level of government",
    "read_match_arrivals": "money of a level of government",
    "reverse_match_arrival": "money of a level of government; the approval is recorded",
    "list_match_arrivals": "money of a level of government",
    "get_handover_draft": "totals",
    "get_work_funds": "money of townships and villages",
    "enter_work_fund_payments": "money of townships and villages",
    "reverse_work_fund_payment": "money of townships and villages; the approval is recorded",
    "list_work_fund_payments": "money of townships and villages",
    "get_grant_totals": "counts",
    "notify_by_alipay": "signed by a channel; the notification itself is the record",
    "notify_by_unionpay": "signed by a channel; the notification itself is the record",
    "notify_by_wechat": "signed by a channel; the notification itself is the record",
    "notify_by_webhook": "signed by a channel; the notification itself is the record",
    "verify_certificate": "the part that checks records it, as of anybody",
    "register_collector": "a place",
    "list_collectors": "places",
    "list_cash_receipts": "amounts and numbers of paper; whose they are their payments say",
    "list_cash_positions": "of a collector",
    "make_cash_deposit": "of a collector",
    "list_cash_deposits": "of a collector",
    "get_cash_deposit": "of a collector; whose its receipts are their payments say",
    "list_channel_files": "files as a whole",
    "list_channel_letters": "sums by day",
    "get_channel_letter": "sums by day, and hashes of files",
    "get_channel_letter_file": "sums by day, and hashes of files",
    "get_channel_file": "a file as a whole",
    "list_channel_file_rows": "amounts and numbers; whose they are their payments say",
    "list_channel_file_faults": "lines and titles of columns",
    "list_deposit_photos": "hashes of photos; what they show is seen by an operation of its own",
    "add_deposit_photo": "handed in, not shown; who did is on it",
    "add_deposit_receipts": "of a collector",
    "list_cash_matches": "of a collector",
    "list_village_batches": "counts and sums of a collector",
    "get_village_batch": "counts and sums of a collector; its lines are seen by an operation of their own",
    "submit_village_batch": "counts and sums of a collector",
    "discard_village_batch": "counts and sums of a collector; the move is its own record",
    "review_village_batch": "counts and sums of a collector; the move is its own record",
    "audit_village_batch": "counts and sums of a collector; the move is its own record",
    "move_vouchers": "numbers of paper; the move is its own record",
    "list_voucher_moves": "numbers of paper",
    "list_voucher_stretches": "numbers of paper",
    "get_voucher_month": "numbers of paper",
    "propose_voucher_writeoff": "numbers of paper",
    "write_vouchers_off": "numbers of paper",
    "list_voucher_writeoffs": "numbers of paper",
    "list_payout_batches": "counts and sums",
    "list_debit_batches": "counts and sums",
    "get_debit_batch": "counts and sums",
    "preview_debit_batch": "counts and sums; nothing is kept",
    "list_verifications": "counts and sums",
    "get_verification": "counts and sums",
    "total_payouts": "counts and sums",
    "total_payouts_by_bank": "counts and sums",
    "apply_for_funds": "counts and sums",
    "get_fund_application": "counts and sums",
    "list_fund_applications": "counts and sums",
    "confirm_funds": "counts and sums",
    "reverse_fund_arrival": "money of payers; the approval is recorded",
    "enter_fund_arrivals": "money of payers",
    "list_help_moneys": "money of payers",
    "return_help": "money of payers; the approval is recorded",
    "read_fund_arrivals": "money of payers",
    "list_fund_arrivals": "money of payers",
    "get_payout_batch": "counts and sums",
    "list_balances": "accounts",
    "record_movement": "money of many, by accounts",
    "list_movements": "money of many, by accounts",
    "reverse_movement": "money of many, by accounts",
    "live_totals": "counts and sums",
    "list_handovers": "counts and sums",
    "close_handover": "counts and sums",
    "get_handover": "counts and sums",
    "verify_handover": "counts and sums",
    "list_periods": "months",
    "get_period_balance": "accounts",
    "examine_period": "payment lines, movements and accounts, by ids",
    "lock_period": "a month; the step is its own record",
    "close_period": "a month; the approval is recorded",
    "reopen_period": "a month; the approval is recorded",
}  # fmt: skip


@dataclass
class Module:
    """What a module defines and what its names stand for."""

    functions: dict[str, list[ast.AST]]
    imported: dict[str, tuple[str, str]]


@cache
def module(name: str) -> Module | None:
    """A module of ours by its name."""
    path = REPOSITORY / f"{name.replace('.', '/')}.py"
    if not name.startswith(("services.", "libs.common.cases", "libs.common.lookups")) or not path.exists():
        return None
    tree = ast.parse(path.read_text())
    made = Module(defaultdict(list), {})
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            made.functions[node.name].append(node)
        if isinstance(node, ast.ImportFrom) and node.module:
            made.imported |= {one.asname or one.name: (node.module, one.name) for one in node.names}
    return made


def reaches(where: str, function: str, seen: set[tuple[str, str]]) -> bool:
    """Whether a function, or what it calls, writes into the audit."""
    if function in RECORDS:
        return True
    at = module(where)
    if at is None or (where, function) in seen:
        return False
    seen.add((where, function))
    return any(
        reaches(*one, seen) for node in at.functions.get(function, ()) for one in _called(where, at, node)
    )


def _called(where: str, at: Module, function: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(function):
        if not isinstance(node, ast.Call):
            continue
        of = node.func
        if isinstance(of, ast.Name):
            yield at.imported.get(of.id, (where, of.id))
        elif isinstance(of, ast.Attribute):
            package, alias = at.imported.get(getattr(of.value, "id", ""), ("", ""))
            yield (f"{package}.{alias}", of.attr)
            yield (where, of.attr)
            # A method of an object whose class was imported by name.
            yield from ((origin, of.attr) for origin, name in at.imported.values() if name[:1].isupper())


def endpoints(service: str) -> dict[str, tuple[str, str]]:
    """Operation -> module and function that serve it."""
    app: Any = application(service)
    while not isinstance(app, FastAPI):
        app = app.api
    return {route.name: (route.endpoint.__module__, route.endpoint.__name__) for route in _routes(app.routes)}


def _routes(routes: Iterable[Any]) -> Iterator[Any]:
    for route in routes:
        if hasattr(route, "endpoint"):
            yield route
        else:
            yield from _routes(getattr(route, "original_router", route).routes)


def operations(service: str) -> set[str]:
    """The operations of a service."""
    paths = openapi_of(application(service))["paths"]
    return {
        one["operationId"]
        for item in paths.values()
        for method, one in item.items()
        if method in ("get", "put", "post", "patch", "delete") and "operations" not in one["tags"]
    }


@pytest.mark.parametrize("service", SERVICES)
class TestOperations:
    def test_that_are_recorded_have_a_name_for_auditors(self, service):
        recorded = {one.replace(f"_{service}_", "_") for one in operations(service) - set(NEED_NOT)}
        assert recorded <= set(OPERATIONS), recorded - set(OPERATIONS)

    def test_are_recorded_or_need_not_be(self, service):
        served = endpoints(service)
        silent = {one for one in operations(service) if not reaches(*served[one], set())}
        assert silent == operations(service) & set(NEED_NOT)


class TestList:
    def test_names_nothing_that_is_gone(self):
        assert set(NEED_NOT) <= {one for service in SERVICES for one in operations(service)}
