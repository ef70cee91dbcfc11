"""Which personal data may go, and when: docs/retention.md says the same for people, with the reasons.

A term is counted in whole years from the first of January after the year of which something is. What must
stay for good, or for longer than anybody has used this, has no rule here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Table

from libs.common.db.rows import value_of
from libs.common.db.sealed import Sealed
from libs.common.erasures import VOUCHER_YEARS
from services.collection import tables as collection
from services.ledger import tables as ledger
from services.registration import tables as registration
from services.subsidy import tables as subsidy

#: Administrative Measures for Accounting Archives (会计档案管理办法), appended table: vouchers and books.
VOUCHERS = VOUCHER_YEARS
#: Provisions on Archives of Social Insurance (社会保险业务档案管理规定（试行）), appended table: by what a
#: benefit was granted.
GRANTS = 10
#: Personal Information Protection Law (个人信息保护法) 19 and 47: not longer than it is needed.
WORKING_COPIES = 1

#: A sealed value is so many bytes longer than in clear.
_SEALED_BYTES = 37


@dataclass(frozen=True)
class Term:
    """Rows of a table of one service that may go when their year is `years` years over.

    `year` is SQL that says of which year a row is. What may go is `cleared` of some columns, or deleted whole
    when there are none. `left` is SQL for what is there to go at all.
    """

    service: str
    what: str
    table: Table
    years: int
    year: str
    left: str
    cleared: tuple[str, ...] = field(default=())

    @property
    def name(self) -> str:
        """How the record of an erasure calls it."""
        return f"{self.service}.{self.table.name}: {self.what}"

    @property
    def due(self) -> str:
        """SQL that says whether a row may go; rows of no year stay."""
        return f"{self.year} < :first_kept AND ({self.left})"

    @property
    def change(self) -> str:
        """SQL that takes away what may go of the rows that `keys` names."""
        if not self.cleared:
            return f"DELETE FROM {self.table.name} t"
        nothing = {name: "NULL" for name in self.cleared}
        nothing |= {name: value_of(self.table.c[name], f"no_{name}") for name in self._emptied}
        return f"UPDATE {self.table.name} t SET {', '.join(f'{n} = {v}' for n, v in nothing.items())}"

    @property
    def values(self) -> dict[str, object]:
        """What stands in for values of columns that may not be null, by the parameters of `change`."""
        return {f"no_{name}": {} if _holds_json(self.table, name) else "" for name in self._emptied}

    @property
    def _emptied(self) -> list[str]:
        return [name for name in self.cleared if not self.table.c[name].nullable]


def _shanghai_year(column: str) -> str:
    return f"extract(year FROM {column} AT TIME ZONE 'Asia/Shanghai')"


def _holds_json(table: Table, name: str) -> bool:
    return isinstance(kind := table.c[name].type, Sealed) and kind.kind == "json"


def _written(table: Table, cleared: tuple[str, ...]) -> str:
    """Whether anything is left in one of these columns, sealed or not sealed yet."""
    found = []
    for name in cleared:
        if table.c[name].nullable:
            found.append(f"t.{name} IS NOT NULL")
            continue
        if not isinstance(table.c[name].type, Sealed):
            found.append(f"t.{name} <> ''")
            continue
        empty = len("{}") if _holds_json(table, name) else 0
        clear, sealed = 1 + empty, _SEALED_BYTES + empty
        found.append(
            f"octet_length(t.{name}) > CASE get_byte(t.{name}, 0) WHEN 0 THEN {clear} ELSE {sealed} END"
        )
    return " OR ".join(found)


def _cleared(service: str, what: str, table: Table, years: int, year: str, *cleared: str) -> Term:
    return Term(service, what, table, years, year, _written(table, cleared), cleared)


_AGREED = """EXISTS (SELECT FROM approvals a WHERE a.operation = 'backdated_roster'
    AND a.subject = 'rosters/' || t.id AND a.state = 'approved')"""
_REJECTED = _AGREED.replace("'approved'", "'rejected'")


def _decided(service: str, tables: Mapping[str, Table]) -> tuple[Term, ...]:
    year = _shanghai_year("t.decided_at")
    return (
        _cleared(service, "reasons of decided cases", tables["cases"], VOUCHERS, year, "reason"),
        _cleared(
            service, "what two persons decided", tables["approvals"], VOUCHERS, year,
            "payload", "reason", "note",
        ),
        _cleared(
            service, "notes about alerts", tables["alert_news"], VOUCHERS, _shanghai_year("t.at"), "note"
        ),
        _cleared(
            service, "notes about look-ups", tables["person_lookups"], VOUCHERS,
            _shanghai_year("t.looked_up_at"), "note",
        ),
    )  # fmt: skip


def _of_import(what: str, table: Table) -> Term:
    year = "(SELECT coverage_year FROM imports i WHERE i.id = t.import_id AND i.state IN ('done', 'failed'))"
    return Term("registration", what, table, WORKING_COPIES, year, "true")


TERMS: tuple[Term, ...] = (
    _cleared(
        "registration", "names of files", registration.imports, WORKING_COPIES,
        "CASE WHEN t.state IN ('done', 'failed') THEN t.coverage_year END", "file_name",
    ),
    _of_import("files that were not imported", registration.import_pieces),
    _of_import("rows of files that were rejected", registration.import_rows),
    _of_import("what files changed", registration.import_changes),
    Term(
        "registration", "rosters that were refused", registration.waiting_rosters, WORKING_COPIES,
        f"CASE WHEN {_REJECTED} THEN t.coverage_year END", "true",
    ),
    Term(
        "registration", "rosters that two persons agreed to", registration.waiting_rosters, VOUCHERS,
        f"CASE WHEN {_AGREED} THEN t.coverage_year END", "true",
    ),
    Term(
        "registration", "statuses of people who were never registered", registration.status_statements,
        GRANTS, "t.coverage_year", "t.person_id IS NULL",
    ),
    Term(
        "registration", "earlier years of people who were never registered", registration.history_statements,
        GRANTS, "t.coverage_year",
        "NOT EXISTS (SELECT FROM documents d WHERE d.number_digest = t.number_digest)",
    ),
    _cleared(
        "registration", "people of villages who were asked", registration.survey_rows, GRANTS,
        "t.coverage_year", "name", "number", "address", "phone", "proof", "said_by",
    ),
    _cleared(
        "registration", "who said what of them", registration.survey_answers, GRANTS,
        "t.coverage_year", "proof", "said_by",
    ),
    _cleared(
        "registration", "what comes next with who has not paid", registration.chases, WORKING_COPIES,
        "t.coverage_year", "next_step",
    ),
    _cleared(
        "registration", "notes about who has not paid", registration.chase_steps, WORKING_COPIES,
        "t.coverage_year", "next_step", "note",
    ),
    _cleared(
        "registration", "errors that were reported, and their papers", registration.tickets, GRANTS,
        "t.coverage_year", "name", "number", "wrong", "correction", "proofs", "answer",
    ),
    _cleared(
        "registration", "phones for reminders", registration.contacts, WORKING_COPIES, "t.coverage_year",
        "phone",
    ),
    _cleared(
        "registration", "phones that were reminded", registration.reminders, WORKING_COPIES,
        "t.coverage_year", "phone",
    ),
    _cleared(
        "registration", "evidence of scores", registration.score_entries, VOUCHERS, "t.coverage_year",
        "evidence",
    ),
    _cleared(
        "registration", "who helped others", registration.help_lines, GRANTS, "t.coverage_year", "helper"
    ),
    *_decided("registration", registration.metadata.tables),
    _cleared(
        "collection", "what channels sent", collection.notifications, VOUCHERS,
        _shanghai_year("t.received_at"), "headers", "raw", "content",
    ),
    _cleared(
        "collection", "whom lines name", collection.payment_lines, VOUCHERS,
        _shanghai_year("t.received_at"), "masked_id", "masked_name", "note", "identity_digest", "name_digest",
    ),
    _cleared(
        "collection", "what certificates say", collection.certificates, VOUCHERS,
        _shanghai_year("t.issued_at"), "content",
    ),
    _cleared(
        "collection", "reasons of moves of paper", collection.voucher_moves, VOUCHERS,
        _shanghai_year("t.entered_at"), "reason",
    ),
    _cleared(
        "collection", "what was said of village batches", collection.batch_moves, VOUCHERS,
        _shanghai_year("t.entered_at"), "reason", "differences",
    ),
    _cleared(
        "collection", "accounts of mandates that ended", collection.debit_mandates, VOUCHERS,
        _shanghai_year("t.ended_at"), "holder", "account_no",
    ),
    _cleared(
        "collection", "accounts that were debited", collection.debits, VOUCHERS,
        f"""(SELECT {_shanghai_year("coalesce(t.settled_at, b.debit_at)")}
             FROM debit_batches b WHERE b.batch_id = t.batch_id)""",
        "holder", "account_no", "reason",
    ),
    _cleared(
        "collection", "files about debits", collection.debit_result_files, VOUCHERS,
        _shanghai_year("t.received_at"), "content",
    ),
    _cleared(
        "collection", "photos of slips", collection.deposit_photos, VOUCHERS,
        _shanghai_year("t.entered_at"), "content",
    ),
    _cleared(
        "collection", "files of channels", collection.channel_file_pieces, VOUCHERS,
        f"""(SELECT {_shanghai_year("f.uploaded_at")} FROM channel_files f WHERE f.file_id = t.file_id)""",
        "body",
    ),
    _cleared(
        "collection", "answers of collectors and the bureau", collection.exchange_answers, VOUCHERS,
        _shanghai_year("t.taken_at"), "body",
    ),
    _cleared(
        "collection", "whom rows of files name", collection.channel_file_rows, VOUCHERS,
        _shanghai_year("t.happened_at"), "identity_digest",
    ),
    _cleared(
        "collection", "what channels answered about refunds", collection.channel_refund_answers, VOUCHERS,
        _shanghai_year("t.asked_at"), "headers", "body",
    ),
    *_decided("collection", collection.metadata.tables),
    Term(
        "subsidy", "cards that were replaced and never used", subsidy.cards, WORKING_COPIES,
        _shanghai_year("t.replaced_at"), "NOT EXISTS (SELECT FROM attempts a WHERE a.card_id = t.card_id)",
    ),
    _cleared(
        "subsidy", "cards that were replaced after they were used", subsidy.cards, VOUCHERS,
        f"""(SELECT {_shanghai_year("max(greatest(t.replaced_at, coalesce(a.settled_at, a.recorded_at)))")}
             FROM attempts a WHERE a.card_id = t.card_id AND t.replaced_at IS NOT NULL)""",
        "account_cipher", "holder", "holder_digest", "account_digest", "digest",
    ),
    _cleared(
        "subsidy", "by whose number a payout was named", subsidy.payouts, VOUCHERS,
        f"CASE WHEN t.state IN ('paid', 'cancelled') THEN {_shanghai_year('t.changed_at')} END",
        "payee_digest", "tried_account",
    ),
    _cleared(
        "subsidy", "accounts to which money was sent", subsidy.attempts, VOUCHERS,
        _shanghai_year("coalesce(t.settled_at, t.recorded_at)"), "account_cipher", "holder", "reason",
    ),
    _cleared(
        "subsidy", "what banks said of money that was sent", subsidy.attempt_answers, VOUCHERS,
        _shanghai_year("t.answered_at"), "reason",
    ),
    _cleared(
        "subsidy", "why money went back", subsidy.refunds, VOUCHERS,
        f"""CASE WHEN t.state IN ('rejected', 'superseded') OR EXISTS (
                SELECT FROM payouts p WHERE p.refund_id = t.refund_id AND p.state IN ('paid', 'cancelled'))
             THEN {_shanghai_year("t.requested_at")} END""",
        "reason", "decision_note", "payee_digest",
    ),
    _cleared(
        "subsidy", "why help was held or struck out", subsidy.verification_steps, GRANTS,
        _shanghai_year("t.decided_at"), "reason",
    ),
    *_decided("subsidy", subsidy.metadata.tables),
    *_decided("ledger", ledger.metadata.tables),
    _cleared(
        "ledger", "why handovers were closed early", ledger.handovers, VOUCHERS,
        _shanghai_year("t.sealed_at"), "forced_reason",
    ),
    _cleared(
        "collection", "what officers wrote to banks", collection.channel_letters, VOUCHERS,
        _shanghai_year("t.sent_at"), "reason",
    ),
    _cleared(
        "ledger", "why slips pay other days", ledger.slip_matches, VOUCHERS,
        _shanghai_year("t.matched_at"), "reason",
    ),
)  # fmt: skip
