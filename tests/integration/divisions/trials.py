"""What an operation is asked about a place: path, query and body, from what was played there."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.integration.divisions.bodies import ASKED_FOR, BODIES, FILES, PATHS, UNIT
from tests.integration.divisions.played import COUNTIES, Played
from tests.integration.test_odd_requests import example_of

Ids = dict[tuple[str, str], list[tuple[Any, str]]]

#: A village, and what stands for it in what is sent: members of bodies and parameters by their names.
A_PLACE = {"youxi": "350426100", "huining": "620422100"}


@dataclass(frozen=True)
class Place:
    """What is known of a township: members of bodies and parameters by their names."""

    county: str
    township: str
    known: Mapping[str, Any]


@dataclass(frozen=True)
class Trial:
    """A request about a division; `exact`: about a record there, that its path names."""

    about: str
    path: str
    more: Mapping[str, Any] = field(default_factory=dict)
    exact: bool = False


def place_of(item: Mapping[str, Any]) -> str | None:
    """The digits of the division that a row of a list says it is of."""
    for name in ("division_code", "division_prefix", "to_division_code"):
        if item.get(name):
            return re.sub(r"(000)+$", "", str(item[name]).ljust(12, "0"))
    return COUNTIES[item["county"]][0] if item.get("county") in COUNTIES else None


async def ids_of(played: Played, service: str, document: Mapping[str, Any]) -> Ids:
    """Every id that lists have, by the path of the list and the name that it has there."""
    found: Ids = {}
    for path, item in document["paths"].items():
        if "get" not in item or "{" in path or not path.startswith("/v1"):
            continue
        for county, (prefix, year) in COUNTIES.items():
            asked = {"county": county, "coverage_year": year, "state": None, "channel": "wechat"}
            names = {one["name"] for one in item["get"].get("parameters", [])}
            wanted = {n: v for n, v in asked.items() if n in names}
            for one in await played.listed(service, path, **{n: v for n, v in wanted.items() if v}):
                where = place_of(one) or prefix
                for name, value in one.items():
                    if name.endswith(("_id", "_no")) and value is not None and where.startswith(prefix):
                        found.setdefault((path, name), []).append((value, where))
    return found


async def of_payments(played: Played) -> Ids:
    """What leads to payments: they are found by person alone."""
    found: Ids = {}
    for county, township in A_PLACE.items():
        people = sorted(person for person, where in played.people.items() if where.startswith(township))
        for person in people[:20]:
            for paid in await played.listed("collection", "/v1/payments", person_id=person):
                number, where = paid["payment_id"], played.people[person]
                found.setdefault(("/v1/payments", "payment_id"), []).append((number, where))
                found.setdefault(("/v1/notifications", "notification_id"), []).append(
                    (number, COUNTIES[county][0])
                )
                for path in ("/v1/orders", "/v1/unit-orders") if paid.get("order_no") else ():
                    found.setdefault((path, "order_no"), []).append((paid["order_no"], where))
                for line in paid["lines"]:
                    if line.get("voucher_no") and line.get("person_id") == person:
                        found.setdefault(("/v1/vouchers", "voucher_no"), []).append(
                            (line["voucher_no"], played.people[person])
                        )
    return found


async def places(played: Played, every: Mapping[str, Ids]) -> list[Place]:
    """A township of each county, with somebody who lives there and what else it has."""
    made = []
    for county, township in A_PLACE.items():
        people = [person for person, where in sorted(played.people.items()) if where.startswith(township)]
        body = {"person_ids": people[:1]}
        told = await played.ask("registration", "POST", "/v1/persons/identities", "everywhere", json=body)
        (one,) = told.json()["items"]
        number, village = one["number"], played.people[people[0]]
        known: dict[str, Any] = {
            "county": county, "coverage_year": COUNTIES[county][1], "year": COUNTIES[county][1],
            "division_code": village, "person_id": people[0], "person_ids": people[:2], "payer_id": people[0],
            "other_person_id": people[1], "name": one["name"], "whole_place": COUNTIES[county][0],
            **dict.fromkeys(("id_number", "number", "head"), number),
            "unit_code": UNIT, "@township": township.ljust(12, "0"),
        }  # fmt: skip
        for ids in every.values():
            for (_, name), values in ids.items():
                here = [value for value, where in values if where.startswith(township)]
                if here:
                    known.setdefault(name, here[0])
                    if name == "receipt_id":
                        known.setdefault("receipt_ids", here[:1])
        made.append(Place(county, township, known))
    return made


def trials(
    document: Mapping[str, Any], ids: Ids, place: Place, method: str, path: str, operation: Mapping[str, Any]
) -> Iterator[Trial]:
    """The requests of an operation about a place."""
    for where, filled, exact in _paths(ids, place, path):
        yield Trial(where, filled, _sent(document, place, method, path, operation), exact)


def _paths(ids: Ids, place: Place, path: str) -> Iterator[tuple[str, str, bool]]:
    names = re.findall(r"\{(\w+)\}", path)
    county = COUNTIES[place.county][0]
    if not names:
        yield place.township, path, False
        return
    named = place.known | PATHS[place.county] | {"division_code": place.known["@township"]}
    if "county" in names or names[0] == "person_id":
        if all(name in named for name in names):
            where = county if "county" in names and "division_code" not in names else place.township
            yield where, path.format(**named), names[0] == "person_id"
        return
    prefix = path.split("/{")[0]
    listed = ids.get((prefix, names[0]), [])
    here = [one for one in listed if one[1].startswith(place.township)]
    for value, where in (here or [one for one in listed if place.township.startswith(one[1])])[:1]:
        yield where, path.format(**{"photo_no": 1, "line_no": 1} | dict(named) | {names[0]: value}), True


def _sent(
    document: Mapping[str, Any],
    place: Place,
    method: str,
    path: str,
    operation: Mapping[str, Any],
) -> dict[str, Any]:
    known = place.known
    given = known | PATHS[place.county]
    parameters = [one for one in operation.get("parameters", []) if one["in"] == "query"]
    usual = {"county", "coverage_year", *ASKED_FOR.get(path, ())}
    wanted = [one["name"] for one in parameters if one.get("required") or one["name"] in usual]
    sent: dict[str, Any] = {"params": {name: given[name] for name in wanted if name in given}}
    kinds = operation.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in kinds:
        form = known | FILES[path]
        sent["data"] = {name: str(value) for name, value in form.items() if name in _members(document, kinds)}
        sent["files"] = {"file": ("rows.csv", form["text"].format(**known).encode())}
    elif "application/json" in kinds:
        example = BODIES.get((method, path)) or example_of(document, operation)
        sent["json"] = filled(example, known)
    elif kinds:
        kind, media = next(iter(kinds.items()))
        if path in FILES:
            kind, text = "text/csv", FILES[path]["text"].format(**known)
        else:
            text = str(media.get("example", ""))
        sent["content"], sent["headers"] = text.encode(), {"content-type": kind}
    if "unit-" in path:
        sent["claims"] = {"unit": UNIT}
    return sent


def _members(document: Mapping[str, Any], kinds: Mapping[str, Any]) -> set[str]:
    schema = kinds["multipart/form-data"]["schema"]
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return set(schema["properties"]) - {"file"}


def filled(value: Any, known: Mapping[str, Any], name: str = "") -> Any:
    """An example with what is known of a place in the members that have a name for it."""
    if isinstance(value, dict):
        return {member: filled(inner, known, member) for member, inner in value.items()}
    if isinstance(value, list):
        return known[name] if isinstance(known.get(name), list) else [filled(one, known) for one in value]
    if isinstance(value, str) and value.startswith("@"):
        return known[value]
    return known[name] if name in known and not isinstance(known[name], list) else value
