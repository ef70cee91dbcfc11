"""The bank of a scenario: answers a payout file."""

import csv
import io

from canbao.replay.scenario import Payout


def bank_results(exported: str, step: Payout) -> str:
    """Answer a payout file as the bank would: accounts the step names fail or are returned, the rest paid."""
    rows = list(csv.DictReader(line for line in io.StringIO(exported) if not line.startswith("#")))
    out = io.StringIO()
    total = sum(int(row["amount_fen"]) for row in rows)
    out.write(f"# count={len(rows)} total_fen={total}\n")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["payout_no", "outcome", "amount_fen", "reason"])
    for row in rows:
        outcome, reason = "paid", ""
        if row["account_no"] in step.failed_accounts:
            outcome, reason = "failed", "account name differs"
        elif row["account_no"] in step.returned_accounts:
            outcome, reason = "returned", "account closed"
        writer.writerow([row["payout_no"], outcome, row["amount_fen"], reason])
    return out.getvalue()
