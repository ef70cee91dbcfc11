"""What others are told of each fact holds ids, places, amounts and instants; nothing of who people are."""

import json
import types
import typing
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from canbao.documents import DOCS
from libs.common.bus.port import Message
from libs.common.clock import SHANGHAI
from libs.common.events import CATALOG
from libs.common.policy import Notices
from services.webhooks.facts import rules

#: One of each type, as it was published.
SAMPLES = {
    path.parent.name: json.loads(path.read_text())
    for path in sorted((DOCS / "events/samples").glob("*/*.json"), reverse=True)
}
AT = datetime(2019, 11, 20, 2, tzinfo=UTC)
#: How a member ends that is an id, an amount, a count or an instant; ids are ours, and name nobody.
ENDINGS = ("_id", "_ids", "_fen", "_at", "_no", "_year", "_code", "_from", "_to", "_count")
#: Every other member that is told: a word of ours, a notice or a channel, a switch, a digit. A new one is
#: looked at by a person before it stands here.
WORDS = {
    *("county", "channel", "payer", "payee", "mechanism", "outcome", "window", "kind", "source", "notice"),
    *("add_on", "sha256", "tier", "revision", "attempt", "part_of", "business_on"),
    *("renewal", "listed", "ends_cover", "withdraws", "was_applied", "from_suspense", "goes_on"),
    *("after_payment", "completes_enrollment", "free"),
    # Of money that waits and of cash: a code of ours (docs/events); others may be what an officer wrote.
    "reason",
}
CODED_REASONS = {
    *("payment.suspended", "payment.rejudged", "payment.taken_back", "cash.deposit_reversed"),
    "channel_fee.reversed",
}
#: What says who somebody is, how poor, how ill, how old, or what an officer thought.
PERSONAL = {
    *("identity_digests", "name_digest", "payer_digest", "masked_name", "birth_year", "number_ends"),
    *("minor", "guardian_id", "status", "causes", "cause", "reason_codes", "subsidies", "late_subsidies"),
    *("earlier", "choices", "unit_name", "repair"),
}


def names(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from names(member)
    elif isinstance(value, list):
        for item in value:
            yield from names(item)


def message(kind: str, data: str, key: str = "17") -> Message:
    return Message("canbao.x", 0, 1, key, "4711", "canbao/x", kind, AT, data.encode())


def fact(kind: str):
    return CATALOG[kind].model_validate(SAMPLES[kind])


def known_members(model: type[BaseModel]) -> Iterator[tuple[str, object]]:
    for name, member in model.model_fields.items():
        yield name, member.annotation


def part_of(annotation: object) -> type[BaseModel]:
    """The model of the parts that a member has."""
    for one in typing.get_args(annotation):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
        if isinstance(one, types.GenericAlias):
            return part_of(one)
    raise AssertionError(annotation)


def test_every_fact_can_be_subscribed_to():
    assert set(rules.KINDS) == set(CATALOG)
    assert {fact for facts in rules.CONSUMED.values() for fact in facts} == set(CATALOG.values())


@pytest.mark.parametrize("kind", CATALOG)
class TestOfAFact:
    def test_every_member_that_is_told_is_one_that_it_has(self, kind):
        known = dict(known_members(CATALOG[kind]))
        for name, told in rules.TOLD[CATALOG[kind]].items():
            assert name in known
            if told is not True:
                assert told["__all__"] <= set(dict(known_members(part_of(known[name]))))

    def test_no_member_that_is_told_is_of_who_somebody_is(self, kind):
        for name, told in rules.TOLD[CATALOG[kind]].items():
            for one in (name,) if told is True else told["__all__"]:
                assert one not in PERSONAL
                assert one.endswith(ENDINGS) or one in WORDS, f"is {one} of {kind} personal?"
                if one == "reason":
                    assert kind.removeprefix("canbao.").removesuffix(".v1") in CODED_REASONS

    def test_the_body_is_what_standard_webhooks_have(self, kind):
        sent = json.loads(rules.body_of(fact(kind), message(kind, "")))
        assert list(sent) == ["type", "timestamp", "data"]
        assert (sent["type"], sent["timestamp"]) == (kind, AT.astimezone(SHANGHAI).isoformat())
        assert not PERSONAL & set(names(sent["data"]))
        assert {name for name in ("person_id", "county", "amount_fen") if name in SAMPLES[kind]} <= set(
            sent["data"]
        )


def test_of_what_somebody_owes_prices_are_told_and_no_status():
    kind = "canbao.enrollment.reassessed.v1"
    data = rules.data_of(fact(kind))
    assert data["schedule"][0]["own_due_fen"] == SAMPLES[kind]["schedule"][0]["own_due_fen"]
    assert "dibao" in json.dumps(SAMPLES[kind])
    assert "dibao" not in json.dumps(data)


class TestOrder:
    def test_is_of_the_person_whatever_the_topic(self):
        assessed, paid = fact("canbao.enrollment.assessed.v1"), fact("canbao.payment.received.v1")
        assert assessed.person_id == paid.person_id
        keys = {rules.order_key(one, message(one.type, "", key="x")) for one in (assessed, paid)}
        assert keys == {f"person {paid.person_id}"}

    def test_is_of_the_key_where_nobody_is_known(self):
        kind = "canbao.handover.sealed.v1"
        assert rules.order_key(fact(kind), message(kind, "", key="youxi:1")) == "youxi:1"


class TestPlace:
    def test_is_the_division_or_that_of_the_county_or_none(self, notices: Notices):
        paid = fact("canbao.payment.received.v1")
        assert rules.place_of(paid, notices) == paid.division_code
        assert rules.place_of(fact("canbao.handover.sealed.v1"), notices) == "350426000000"
        nobody = fact("canbao.payment.suspended.v1").model_copy(
            update={"county": None, "division_code": None}
        )
        assert rules.place_of(nobody, notices) is None
