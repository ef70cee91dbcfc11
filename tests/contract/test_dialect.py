"""One dialect: the same words, pages, keys, instants and strictness in the API of every service."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import pytest

from canbao.definitions import SERVICES
from canbao.documents import application, openapi_of

#: The assessment contract is older than this API, and `year` is its word.
ASSESSMENT = "assess_questions"
#: POSTs that only read: what they ask for must not stand in an address.
READERS = {
    *("search_dues", "search_persons", "search_surveys", "assess_questions", "list_identities"),
    *("verify_voucher", "check_voucher", "verify_certificate", "preview_debit_batch"),
    # Only that somebody tried is kept of it, and to WeChat the same order again is the same.
    "open_order_payment",
}  # fmt: skip
#: Others sign these; each carries an identity of its own, and members that we do not know are theirs.
NOTIFICATIONS = {"notify_by_webhook", "notify_by_wechat", "notify_by_alipay", "notify_by_unionpay"}
#: Lists that no county makes long: one page, `next_after` is null.
SHORT = {
    "list_identities": "those of the ids that were asked for",
    "list_notices": "a county has one notice a year",
    "list_worked_cases": "what somebody worked out by hand for one notice",
    "list_balances": "the accounts are a few dozen",
    "list_handovers": "a season has a few deadlines",
    "list_channels": "a county has a dozen channels",
    "list_channel_debts": "a county has a few channels",
    "list_slip_matches": "a slip is put right a few times",
    "list_periods": "a year has twelve months",
    "examine_period": "what is wrong with a month is mended, not collected",
    "list_handover_papers": "a handover has a few parties",
    "find_payments": "one transaction, one order or one person",
    "list_deposit_photos": "a slip has four at most",
    "list_contacts": "what one person agreed to, year by year",
    "list_chase_steps": "what was done about one person in a season",
    "list_survey_answers": "what was said of one person in a season",
    "search_persons": "the persons with one identity number or name and place",
    "get_unit_account": "money goes to one account of a unit, or to none",
    "get_person_subsidies": "one person's grants of a few years",
    "total_payouts": "a county has a few dozen townships",
    "total_payouts_by_bank": "a county has a few banks and batches",
    "get_grant_totals": "a county has a few dozen population groups",
    "payment_totals": "a county has a dozen channels",
    "report_enrollments": "a county has a few dozen places",
    "list_progress_dates": "a notice names a dozen",
    "list_due_bulletins": "a season has some dozens of periods",
    "list_registration_case_news": "what happened to one alert",
    "list_collection_case_news": "what happened to one alert",
    "list_subsidy_case_news": "what happened to one alert",
    "list_ledger_case_news": "what happened to one alert",
    "list_webhooks_case_news": "what happened to one alert",
    "total_registration_cases": "a service has a dozen kinds of cases",
    "total_collection_cases": "a service has a dozen kinds of cases",
    "total_subsidy_cases": "a service has a dozen kinds of cases",
    "total_ledger_cases": "a service has a dozen kinds of cases",
    "total_webhooks_cases": "a service has a dozen kinds of cases",
}
#: Searches that find one thing or nothing.
ONE = {"search_dues": "a number and a name are one person"}
METHODS = ("get", "put", "post", "patch", "delete")
#: What the end of a name says of its value.
ENDINGS = {
    "_at": {"type": "string", "format": "date-time"},
    "_on": {"type": "string", "format": "date"},
    "_fen": {"type": "integer"},
    "_id": {"type": "integer"},
}
#: Ids that others gave, and ids of things that are no rows: text.
TEXT_IDS = {
    "masked_id",
    "webhook_id",
    "correlation_id",
    "deadline_id",
    "event_id",
    "message_id",
    "case_id",
    "text_id",
}

Json = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One operation of one service."""

    service: str
    method: str
    path: str
    said: Json

    @property
    def id(self) -> str:
        return self.said["operationId"]

    def __str__(self) -> str:
        return f"{self.service} {self.method.upper()} {self.path} ({self.id})"

    @property
    def parameters(self) -> list[Json]:
        return self.said.get("parameters", [])

    @property
    def names(self) -> set[str]:
        """The names of its parameters."""
        return {parameter["name"].lower() for parameter in self.parameters}

    @cached_property
    def bodies(self) -> list[Json]:
        """What may be sent: media types with schema and examples."""
        return list(self.said.get("requestBody", {}).get("content", {}).values())

    @cached_property
    def answers(self) -> list[Json]:
        """What is answered when it works."""
        return [
            media
            for status, answer in self.said["responses"].items()
            if status < "400"
            for kind, media in answer.get("content", {}).items()
            if kind == "application/json"
        ]


@cache
def document(service: str) -> Json:
    return openapi_of(application(service))


@cache
def operations() -> list[Operation]:
    return [
        Operation(service, method, path, said)
        for service in SERVICES
        for path, item in document(service)["paths"].items()
        for method, said in item.items()
        if method in METHODS and "operations" not in said["tags"]
    ]


def resolved(service: str, schema: Json) -> Json:
    """Follow references."""
    while "$ref" in schema:
        schema = document(service)["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return schema


def reachable(
    service: str, schema: Json, seen: set[int] | None = None, *, members: bool = True
) -> Iterator[Json]:
    """A schema and every one that it is made of; without its members if they have names of their own."""
    seen = set() if seen is None else seen
    schema = resolved(service, schema)
    if id(schema) in seen:
        return
    seen.add(id(schema))
    yield schema
    for part in parts(schema if members else {**schema, "properties": {}}):
        yield from reachable(service, part, seen, members=members)


def parts(schema: Json) -> Iterator[Json]:
    yield from schema.get("properties", {}).values()
    for several in ("anyOf", "oneOf", "allOf", "prefixItems"):
        yield from schema.get(several, [])
    for one in ("items", "additionalProperties"):
        if isinstance(schema.get(one), dict):
            yield schema[one]


def members(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Every member that is sent or answered, with its schema."""
    for media in (*operation.bodies, *operation.answers):
        for schema in reachable(operation.service, media.get("schema", {})):
            yield from schema.get("properties", {}).items()


def asked(operation: Operation) -> Iterator[tuple[str, Json]]:
    """Every value that can be sent, with the name of its parameter or member."""
    for parameter in operation.parameters:
        for schema in reachable(operation.service, parameter["schema"]):
            yield parameter["name"], schema
    for media in operation.bodies:
        for whole in reachable(operation.service, media.get("schema", {})):
            for name, member in whole.get("properties", {}).items():
                for schema in reachable(operation.service, member, members=False):
                    yield name, schema


def examples(media: Json) -> Iterator[object]:
    if "example" in media:
        yield media["example"]
    yield from (example["value"] for example in media.get("examples", {}).values() if "value" in example)
    yield from media.get("schema", {}).get("examples", [])


def strings_of_format(service: str, schema: Json, value: object, kind: str) -> Iterator[str]:
    """The strings in `value` that `schema` gives a format."""
    schema = resolved(service, schema)
    if schema.get("format") == kind and isinstance(value, str):
        yield value
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), *schema.get("allOf", ())):
        yield from strings_of_format(service, choice, value, kind)
    if isinstance(value, dict):
        for name, member in value.items():
            yield from strings_of_format(service, schema.get("properties", {}).get(name, {}), member, kind)
    elif isinstance(value, list):
        for item in value:
            yield from strings_of_format(service, schema.get("items", {}), item, kind)


def keys(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from keys(member)
    elif isinstance(value, list):
        for item in value:
            yield from keys(item)


class TestNumbers:
    def test_of_requests_have_bounds_that_columns_can_hold(self):
        """What is larger is refused at the door, not by the database. Ids alone may have 64 bits."""
        free = {
            f"{operation}: {name}"
            for operation in operations()
            if operation.id not in NOTIFICATIONS
            for name, schema in asked(operation)
            if schema.get("type") == "integer"
            and not (
                {"minimum", "exclusiveMinimum"} & schema.keys()
                and (
                    {"maximum", "exclusiveMaximum"} & schema.keys() or name.removesuffix("s").endswith("_id")
                )
            )
        }

        assert not free, "\n".join(sorted(free))


class TestWords:
    def test_the_year_of_coverage_has_one_name(self):
        others = {
            f"{operation}: {name}"
            for operation in operations()
            if operation.id != ASSESSMENT
            for name in (*operation.names, *(name for name, _ in members(operation)))
            if name in ("year", "insurance_year", "season")
        }

        assert not others, "\n".join(map(str, sorted(others)))

    def test_examples_use_it_too(self):
        others = {
            str(operation)
            for operation in operations()
            if operation.id != ASSESSMENT
            for media in (*operation.bodies, *operation.answers)
            for example in examples(media)
            if "year" in keys(example)
        }

        assert not others, "\n".join(map(str, sorted(others)))

    def test_a_year_stands_beside_its_county(self):
        alone = [
            str(operation)
            for operation in operations()
            if "coverage_year" in operation.names
            if "county" not in operation.names and not any(n.endswith("_id") for n in operation.names)
        ]

        assert not alone, "\n".join(map(str, sorted(alone)))

    def test_the_end_of_a_name_says_what_its_value_is(self):
        strange = {
            f"{operation}: {name}"
            for operation in operations()
            if operation.id not in NOTIFICATIONS | {ASSESSMENT}
            for name, schema in members(operation)
            for ending, kind in ENDINGS.items()
            if name.endswith(ending) and name not in TEXT_IDS
            if not any(kind.items() <= one.items() for one in reachable(operation.service, schema))
        }

        assert not strange, "\n".join(map(str, sorted(strange)))


class TestPages:
    def test_every_list_is_one(self):
        bare = []
        for operation in operations():
            for media in operation.answers:
                schema = resolved(operation.service, media.get("schema", {}))
                listed = schema.get("type") == "array" or operation.id.startswith(
                    ("list_", "find_", "search_persons")
                )
                if (
                    operation.id not in ONE
                    and listed
                    and not {"items", "next_after"} <= schema.get("properties", {}).keys()
                ):
                    bare.append(str(operation))

        assert not bare, "\n".join(map(str, sorted(bare)))

    def test_is_asked_for_with_after_and_limit_unless_it_is_always_short(self):
        blind = [
            str(operation)
            for operation in operations()
            for media in operation.answers
            if "next_after" in resolved(operation.service, media.get("schema", {})).get("properties", {})
            if not {"after", "limit"} <= operation.names and operation.id not in SHORT
        ]

        assert not blind, "\n".join(map(str, sorted(blind)))

    def test_has_a_string_or_null_to_go_on_with(self):
        for operation in operations():
            for name, schema in members(operation):
                assert name not in ("next", "next_page", "cursor"), operation
                if name == "next_after":
                    kinds = {choice.get("type") for choice in schema.get("anyOf", [schema])}
                    assert kinds == {"string", "null"}, operation

    def test_limits_are_the_same_everywhere(self):
        for operation in operations():
            for parameter in operation.parameters:
                if parameter["name"] == "limit":
                    schema = parameter["schema"]
                    assert (schema["minimum"], schema["maximum"]) == (1, 1000), operation


class TestKeys:
    def test_every_post_that_changes_something_needs_one(self):
        without = [
            str(operation)
            for operation in operations()
            if operation.method == "post" and operation.id not in READERS | NOTIFICATIONS
            if "idempotency-key" not in operation.names
        ]

        assert not without, "\n".join(map(str, sorted(without)))

    def test_both_refusals_are_documented(self):
        for operation in operations():
            if "idempotency-key" in operation.names:
                told = str(operation.said["responses"])
                assert "idempotency-key-missing" in told, operation
                assert "idempotency-key-reused" in told, operation

    def test_what_only_reads_needs_none(self):
        assert not [
            str(operation)
            for operation in operations()
            if (operation.id in READERS | NOTIFICATIONS or operation.method == "get")
            and "idempotency-key" in operation.names
        ]


class TestInstants:
    def test_are_written_with_the_offset_of_china(self):
        others = {
            f"{operation}: {instant}"
            for operation in operations()
            if operation.id not in NOTIFICATIONS
            for media in (*operation.bodies, *operation.answers)
            for example in examples(media)
            for instant in strings_of_format(operation.service, media.get("schema", {}), example, "date-time")
            if not instant.endswith("+08:00")
        }

        assert not others, "\n".join(map(str, sorted(others)))

    def test_of_members_too(self):
        others = {
            f"{operation}: {name} {instant}"
            for operation in operations()
            if operation.id not in NOTIFICATIONS
            for name, schema in members(operation)
            if schema.get("format") == "date-time"
            for instant in schema.get("examples", [])
            if not instant.endswith("+08:00")
        }

        assert not others, "\n".join(map(str, sorted(others)))


class TestBodies:
    def test_refuse_members_that_they_do_not_know(self):
        lenient = {
            f"{operation}: {schema.get('title', sorted(schema['properties']))}"
            for operation in operations()
            if operation.id not in NOTIFICATIONS
            for media in operation.bodies
            for schema in reachable(operation.service, media.get("schema", {}))
            if schema.get("properties") and schema.get("additionalProperties") is not False
        }

        assert not lenient, "\n".join(map(str, sorted(lenient)))

    def test_are_described(self):
        bare = [
            str(operation)
            for operation in operations()
            for media in operation.bodies
            if not resolved(operation.service, media.get("schema", {}))
        ]

        assert not bare, "\n".join(map(str, sorted(bare)))


class TestOperations:
    def test_ids_are_a_verb_and_a_thing(self):
        strange = [
            operation.id
            for operation in operations()
            if not operation.id.replace("_", "").isalpha() or not operation.id.islower()
        ]

        assert not strange, "\n".join(map(str, sorted(strange)))

    def test_ids_are_unique_over_all_services(self):
        ids = [operation.id for operation in operations()]

        assert sorted(ids) == sorted(set(ids))

    @pytest.mark.parametrize("service", SERVICES)
    def test_tags_are_described(self, service):
        described = {tag["name"] for tag in document(service).get("tags", []) if tag.get("description")}
        used = {
            tag
            for operation in operations()
            if operation.service == service
            for tag in operation.said["tags"]
        }

        assert used <= described
