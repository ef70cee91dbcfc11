"""The bureau and finance of a scenario: rosters are verified and their money confirmed, then help is paid."""

from canbao.replay.answers import Application, Applications
from canbao.replay.keys import Keys
from canbao.replay.scenario import Payout
from canbao.replay.services import JsonObject, Services, read


async def verify(services: Services, step: Payout, keys: Keys) -> None:
    """Release everybody on a county's rosters, apply for the money, and have finance confirm and get it."""
    books: JsonObject = {"county": step.county, "coverage_year": step.coverage_year}
    path = "/v1/verifications"
    await services.send("subsidy", "POST", path, at=step.at, body=books, key=keys.of("roster"))
    path = "/v1/verifications/decisions"
    release: JsonObject = {**books, "decision": "release"}
    await services.send("subsidy", "POST", path, at=step.at, body=release, key=keys.of("release"))
    answer = await services.send(
        "subsidy", "POST", "/v1/fund-applications", at=step.at, body=books, key=keys.of("apply"),
        accept=frozenset({409}),
    )  # fmt: skip
    if answer.status_code >= 400:
        return
    applied = read(Applications, answer).applications
    for one in applied:
        path = f"/v1/fund-applications/{one.application_id}/confirmation"
        confirmed: JsonObject = {"confirmed_fen": one.total_fen}
        key = keys.of(f"confirm-{one.application_id}")
        await services.send("subsidy", "POST", path, at=step.at, role="approver", body=confirmed, key=key)
    await services.send(
        "subsidy", "POST", "/v1/fund-arrivals", at=step.at, role="approver", key=keys.of("arrive"),
        body={**books, "arrivals": [_arrival(one, step) for one in applied]},
    )  # fmt: skip


def _arrival(one: Application, step: Payout) -> JsonObject:
    """All the money of an application, under a paper of its own."""
    at, paper = step.at.isoformat(), f"ZF-{one.application_id}"
    return {"payer": one.payer, "reference": paper, "amount_fen": one.total_fen, "arrived_at": at}
