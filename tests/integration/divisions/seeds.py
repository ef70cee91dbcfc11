"""What the demo has none of: asked for by everybody, and agreed to where it takes two."""

from collections.abc import Mapping
from typing import Any

from services.collection.secrets.loading import load
from tests.integration.divisions.bodies import URL
from tests.integration.divisions.played import COUNTIES, Played
from tests.integration.divisions.trials import Ids, Place


async def sow(played: Played, place: Place, every: Mapping[str, Ids]) -> None:
    """Make what is missing about a township and its county, and note its ids."""
    await _certificates(played, place, every["collection"])
    await _secrets(played, place, every["collection"])
    await _subscriptions(played, place, every["webhooks"])
    await _uploads(played, place, every["registration"])
    await _refunds(played, place, every)
    await _approvals(played, place, every["subsidy"])
    await _facts(played, place, every["ledger"])


async def _made(played: Played, service: str, path: str, who: str = "everywhere", **more: Any) -> Any:
    answer = await played.ask(service, "POST", path, who, **more)
    assert answer.status_code < 300, (path, answer.text)
    return answer.json()


async def _certificates(played: Played, place: Place, ids: Ids) -> None:
    season = {"county": place.county, "coverage_year": place.known["coverage_year"]}
    person = {"id_number": place.known["id_number"], "name": place.known["name"]}
    wanted = season | {"household": False, "kind": "certificate", "people": [person]}
    made = await _made(played, "collection", "/v1/certificates", json=wanted)
    for one in made.get("items", [made]):
        ids.setdefault(("/v1/certificates", "certificate_no"), []).append(
            (one["certificate_no"], place.township)
        )
    several = season | {"by_household": False, "kind": "certificate"}
    several["division_code"] = place.known["@township"]
    batch = await _made(played, "collection", "/v1/certificate-batches", json=several)
    ids.setdefault(("/v1/certificate-batches", "batch_id"), []).append((batch["batch_id"], place.township))


async def _secrets(played: Played, place: Place, ids: Ids) -> None:
    for channel in (f"tax-{place.county}", f"bank-{place.county}"):
        wanted = {"channel": channel, "county": place.county, "reason": "启用"}
        asked = await _made(played, "collection", "/v1/channel-secrets", json=wanted)
        if channel.startswith("tax"):
            path = f"/v1/approvals/{asked['approval_id']}/approve"
            await _made(played, "collection", path, place.county, json={})
            ids.setdefault(("/v1/channels", "channel"), []).append((channel, COUNTIES[place.county][0]))
        else:
            number = (asked["approval_id"], COUNTIES[place.county][0])
            ids.setdefault(("/v1/approvals", "approval_id"), []).append(number)
    await load(played.contexts["collection"])
    for one in await played.listed("collection", "/v1/channel-secrets", channel=f"tax-{place.county}"):
        ids.setdefault(("/v1/channel-secrets", "secret_id"), []).append(
            (one["secret_id"], COUNTIES[place.county][0])
        )


async def _subscriptions(played: Played, place: Place, ids: Ids) -> None:
    wanted = {
        "county": place.county, "kinds": ["canbao.payment.received.v1"], "note": "试", "url": URL,
        "division_code": place.township.ljust(12, "0"),
    }  # fmt: skip
    made = await _made(played, "webhooks", "/v1/subscriptions", json=wanted)
    ids.setdefault(("/v1/subscriptions", "subscription_id"), []).append(
        (made["subscription"]["subscription_id"], place.township)
    )


async def _uploads(played: Played, place: Place, ids: Ids) -> None:
    form = {"county": place.county, "coverage_year": str(place.known["coverage_year"]), "kind": "households"}
    who = f"{place.county} A"
    made = await _made(
        played, "registration", "/v1/imports", who, data=form, files={"file": ("rows.csv", "户号\n".encode())}
    )
    ids.setdefault(("/v1/imports", "import_id"), []).insert(0, (made["import_id"], place.township))
    path = f"/v1/persons/{place.known['person_id']}/enrollments/{place.known['coverage_year']}"
    shown = await played.ask("registration", "GET", path, "everywhere")
    ids[("/v1/enrollments", "enrollment_id")] = [
        *ids.get(("/v1/enrollments", "enrollment_id"), []),
        (shown.json()["enrollment"]["enrollment_id"], place.township),
    ]


async def _refunds(played: Played, place: Place, every: Mapping[str, Ids]) -> None:
    paid = await played.listed("collection", "/v1/payments", person_id=place.known["person_id"])
    for line in [(one["payment_id"], line) for one in paid for line in one["lines"]]:
        if line[1].get("person_id") == place.known["person_id"] and line[1]["state"] == "applied":
            wanted = {"payment_id": line[0], "line_no": line[1]["line_no"], "reason": "paid_twice"}
            answer = await played.ask("subsidy", "POST", "/v1/refunds", "everywhere", json=wanted)
            if answer.status_code == 201:
                every["subsidy"].setdefault(("/v1/refunds", "refund_id"), []).append(
                    (answer.json()["refund_id"], place.township)
                )
                return


async def _approvals(played: Played, place: Place, ids: Ids) -> None:
    county = COUNTIES[place.county][0]
    for arrival, where in ids.get(("/v1/fund-arrivals", "arrival_id"), []):
        if where.startswith(county):
            path = f"/v1/fund-arrivals/{arrival}/reversal"
            asked = await _made(played, "subsidy", path, json={"reason": "误录"})
            ids.setdefault(("/v1/approvals", "approval_id"), []).append((asked["approval_id"], county))
            return


async def _facts(played: Played, place: Place, ids: Ids) -> None:
    season = {"county": place.county, "coverage_year": place.known["coverage_year"], "limit": 1}
    for one in await played.listed("ledger", "/v1/postings", **season):
        ids.setdefault(("/v1/facts", "fact_id"), []).append(
            (int(one["posting"].split(".")[0]), COUNTIES[place.county][0])
        )
    for (path, _), found in list(ids.items()):
        if path == "/v1/work-funds/payments" and found and found[0][1].startswith(COUNTIES[place.county][0]):
            answer = await played.ask(
                "ledger", "POST", f"{path}/{found[0][0]}/reversal", "everywhere", json={"reason": "误录"}
            )
            if answer.status_code == 202:
                ids.setdefault(("/v1/approvals", "approval_id"), []).append(
                    (answer.json()["approval_id"], COUNTIES[place.county][0])
                )
            return
