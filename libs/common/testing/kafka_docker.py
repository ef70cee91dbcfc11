"""Runs Kafka where Docker answers: one KRaft node from Apache's own image."""

import contextlib
import time
from collections.abc import Iterator

from testcontainers.core.container import DockerContainer

from libs.common.testing.kafka_server import READY_SECONDS, KafkaFailed, KafkaServer, free_port


class DockerKafka:
    """A broker in a container whose port on the host stays the same over restarts."""

    def __init__(self, image: str) -> None:
        port = free_port()
        self.bootstrap = f"127.0.0.1:{port}"
        self._container = DockerContainer(image).with_bind_ports(9092, port)
        for name, value in {
            "KAFKA_NODE_ID": "1",
            "KAFKA_PROCESS_ROLES": "broker,controller",
            "KAFKA_LISTENERS": "PLAINTEXT://:9092,CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.bootstrap}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
            "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
            "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
            "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
            "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
            "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
            "KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS": "1000",
            "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
            "KAFKA_BROKER_SESSION_TIMEOUT_MS": "1500",
            "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "300",
            "KAFKA_HEAP_OPTS": "-Xmx512m",
        }.items():
            self._container.with_env(name, value)

    def start(self) -> None:
        """Create the container and wait until the broker serves."""
        self._container.start()
        self._wait(None)

    def kill(self) -> None:
        """End the broker without warning."""
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        """Start the same container again; its data is still in it."""
        since = int(time.time())
        self._container.get_wrapped_container().start()
        self._wait(since)

    def _wait(self, since: int | None) -> None:
        """Wait for the line that Kafka logs when it serves, `since` that second. Raises KafkaFailed."""
        deadline = time.monotonic() + READY_SECONDS
        container = self._container.get_wrapped_container()
        while b"Kafka Server started" not in (log := container.logs(since=since)):
            if time.monotonic() > deadline:
                raise KafkaFailed(f"Kafka did not start; its log ends with:\n{log[-3000:].decode()}")
            time.sleep(0.2)

    def stop(self) -> None:
        """Remove the container."""
        self._container.stop()


@contextlib.contextmanager
def docker_kafka(image: str) -> Iterator[KafkaServer]:
    """Run one broker from `image` while the context lasts."""
    server = DockerKafka(image)
    try:
        server.start()
        yield server
    finally:
        server.stop()
