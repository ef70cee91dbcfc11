"""How messages are written on both buses."""

from datetime import UTC, datetime
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from libs.common.bus.kafka.records import headers_of, message_of
from libs.common.bus.port import Message, Outgoing, partition_of
from libs.common.bus.postgres import log as postgres_log

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
messages = st.builds(
    Outgoing,
    topic=st.just("t"),
    key=words,
    id=words,
    source=words,
    type=words,
    time=st.datetimes(timezones=st.just(UTC), min_value=datetime(1970, 1, 2)),  # noqa: DTZ001 (bounds are naive)
    data=words.map(str.encode),
    subject=st.none() | words,
    correlation_id=st.none() | words,
    causation_id=st.none() | words,
)


def sent(message: Message) -> Outgoing:
    """What was sent, of what was received."""
    return Outgoing(**{name: getattr(message, name) for name in Outgoing.__slots__})


class TestRun:
    @given(st.lists(messages, min_size=1, max_size=5))
    def test_a_run_is_read_as_it_was_written(self, run: list[Outgoing]) -> None:
        read = postgres_log.decode(postgres_log.encode(run), "t", 3, last_position=100)
        assert [sent(message) for message in read] == run
        assert [message.position for message in read] == list(range(101 - len(run), 101))


class TestKafkaRecord:
    @given(messages)
    def test_a_record_is_read_as_it_was_written(self, message: Outgoing) -> None:
        record = SimpleNamespace(
            topic="t", partition=1, offset=9, key=message.key.encode(), value=message.data, timestamp=0,
            headers=tuple(headers_of(message)),
        )  # fmt: skip
        assert sent(message_of(record)) == message

    def test_what_is_no_cloud_event_has_a_type_that_nobody_wants(self) -> None:
        record = SimpleNamespace(
            topic="t", partition=1, offset=9, key=None, value=b"?", timestamp=0, headers=()
        )
        message = message_of(record)
        assert (message.type, message.id, message.source) == ("", "t/1/9", "unknown")


class TestPartitionOf:
    def test_it_never_changes(self) -> None:
        """Computed once; another value would tear apart the order of keys that are already in the log."""
        assert [partition_of(key, 12) for key in ("1", "35042600123", "户")] == [11, 0, 8]
