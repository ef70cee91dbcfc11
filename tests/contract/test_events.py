"""Events: what is committed is what the models say, and every event ever published is still accepted."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import jsonschema
import pytest
import yaml
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from canbao.documents import DOCS, event_samples
from libs.common.bus.kafka.records import headers_of
from libs.common.bus.port import Outgoing
from libs.common.events import CATALOG, TOPICS, schemas
from libs.common.observability import traces
from libs.common.observability.exporting import Exporting
from libs.common.security.masking import mask_identities

EVENTS = DOCS / "events"
SAMPLES = sorted((EVENTS / "samples").glob("*/*.json"))
PERSONAL = {"id_number", "number", "name", "phone", "account_no", "card_no", "holder", "address"}


def type_of(sample: Path) -> str:
    return sample.parent.name


@pytest.fixture(scope="module")
def asyncapi() -> dict:
    return yaml.safe_load((EVENTS / "asyncapi.yaml").read_text())


class TestCommittedDocuments:
    def test_equal_what_the_models_say(self):
        generated = schemas.documents(event_samples())

        committed = {
            str(path.relative_to(EVENTS)): path.read_text()
            for path in (EVENTS / "asyncapi.yaml", *(EVENTS / "schemas").glob("*.json"))
        }
        assert committed == generated, "run `make docs` and look at what changed"

    @pytest.mark.parametrize("name", sorted(CATALOG))
    def test_schemas_are_valid_json_schema(self, name):
        jsonschema.Draft202012Validator.check_schema(
            json.loads((EVENTS / f"schemas/{name}.json").read_text())
        )


def keeps(now: object, sample: object) -> bool:
    """Whether all that a sample says is still said, wherever it stands; members may have been added since."""
    if isinstance(now, dict) and isinstance(sample, dict):
        return all(name in now and keeps(now[name], value) for name, value in sample.items())
    if isinstance(now, list) and isinstance(sample, list):
        return len(now) == len(sample) and all(map(keeps, now, sample))
    return now == sample


class TestSamples:
    @pytest.mark.parametrize("name", sorted(CATALOG))
    def test_there_is_one_of_every_type(self, name):
        assert any(type_of(sample) == name for sample in SAMPLES)

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
    def test_are_accepted_without_losing_anything(self, sample):
        data = json.loads(sample.read_text())

        fact = CATALOG[type_of(sample)].model_validate(data)
        jsonschema.validate(data, schemas.json_schema(type(fact)))

        assert keeps(json.loads(fact.model_dump_json()), data)

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
    def test_are_accepted_with_members_of_the_future(self, sample):
        data = json.loads(sample.read_text()) | {"added_later": {"by": "a newer release"}}

        fact = CATALOG[type_of(sample)].model_validate(data)

        jsonschema.validate(data, schemas.json_schema(type(fact)))

    @pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
    def test_only_the_first_release_decides_what_is_required(self, sample):
        if sample.stem == "1":
            required = set(schemas.json_schema(CATALOG[type_of(sample)]).get("required", ()))

            assert required <= json.loads(sample.read_text()).keys()


#: Texts of facts: codes of notices, places, channels and payers, numbers and words of ours, masked names.
WORDS = set(
    """
    county division_code notice window add_on payer payee status mechanism account source kind channel cause
    causes outcome unit_code unit_division_code channels reason voucher_no deadline_id sha256 masked_name
    number_ends employee_fund
    """.split()  # noqa: SIM905
)


class TestContracts:
    @pytest.mark.parametrize("fact", CATALOG.values(), ids=lambda fact: fact.type)
    def test_hold_no_personal_member_and_no_fraction(self, fact):
        schema = schemas.json_schema(fact)
        objects = [schema, *schema.get("$defs", {}).values()]

        for described in objects:
            members = described.get("properties", {})
            assert not PERSONAL & members.keys()
            assert '"number"' not in json.dumps(members), "money and counts are integers"
            assert all(
                member.endswith("_fen") for member in members if "amount" in member or "price" in member
            )

    @pytest.mark.parametrize("fact", CATALOG.values(), ids=lambda fact: fact.type)
    def test_hold_no_text_that_somebody_wrote_freely(self, fact):
        for name, field in fact.model_fields.items():
            if str in (field.annotation, *get_args(field.annotation)):
                masked = any(getattr(one, "func", None) is mask_identities for one in field.metadata)
                assert masked or name.endswith(("_digest", "_digests")) or name in WORDS

    def test_are_named_in_the_past_with_a_version_and_belong_to_a_topic(self):
        for name, fact in CATALOG.items():
            assert name.startswith("canbao.") and name.rsplit(".", 1)[1].startswith("v")
            assert fact.topic in TOPICS
            assert fact.__doc__ and fact.model_config["frozen"] is True


class TestAsyncApi:
    def test_every_reference_leads_somewhere(self, asyncapi):
        def references(node):
            if isinstance(node, dict):
                for key, value in node.items():
                    if key == "$ref":
                        yield value
                    else:
                        yield from references(value)
            elif isinstance(node, list):
                for entry in node:
                    yield from references(entry)

        found = list(references(asyncapi))
        assert len(found) > 3 * len(CATALOG)
        for reference in found:
            if reference.startswith("#/"):
                node = asyncapi
                for step in reference[2:].split("/"):
                    node = node[step]
            else:
                assert (EVENTS / reference).exists()

    def test_every_fact_travels_on_the_topic_of_its_publisher_and_on_no_other(self, asyncapi):
        travels = {
            (channel["address"], asyncapi["components"]["messages"][message]["name"])
            for channel in asyncapi["channels"].values()
            for message in channel["messages"]
        }

        assert travels == {(fact.topic, fact.type) for fact in CATALOG.values()}

    def test_headers_are_those_that_a_message_carries(self, asyncapi, monkeypatch):
        message = Outgoing(
            topic="canbao.ledger",
            key="k",
            id="1",
            source="canbao/ledger",
            type="canbao.handover.sealed.v1",
            time=datetime(2020, 1, 2, tzinfo=UTC),
            data=b"{}",
            subject="handovers/3",
            correlation_id="c",
            causation_id="e",
        )
        described = asyncapi["components"]["schemas"]["CloudEventHeaders"]

        untraced = {name for name, _ in headers_of(message)}
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
        monkeypatch.setattr(traces, "_recorder", Exporting(SimpleSpanProcessor(InMemorySpanExporter())))
        carried = {name: value.decode() for name, value in headers_of(message)}

        assert carried.keys() - untraced == {"ce_traceparent"}
        assert carried.keys() == described["properties"].keys()
        jsonschema.validate(carried, described)

    def test_every_topic_has_one_sender_and_says_its_key(self, asyncapi):
        senders = [
            operation["channel"]["$ref"]
            for operation in asyncapi["operations"].values()
            if operation["action"] == "send"
        ]

        assert sorted(senders) == sorted(f"#/channels/{name}" for name in asyncapi["channels"])
        assert set(schemas.KEYS) == set(TOPICS)
