"""Gives tests a real Kafka: from Docker, or from Maven Central on a JVM; never a stand-in.

with kafka_server() as server:
    bus = KafkaBus(server.bootstrap)
    server.kill()  # as a power cut would
    server.restart()
"""

import base64
import contextlib
import ctypes
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

VERSION = "4.2.1"
IMAGE = f"apache/kafka:{VERSION}"
READY_SECONDS = 90

_POM = f"""\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>canbao.testing</groupId><artifactId>kafka-server</artifactId><version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>{VERSION}</version>
    </dependency>
    <dependency>
      <groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId>
      <version>2.25.1</version>
    </dependency>
  </dependencies>
</project>
"""
_LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = warn
rootLogger.appenderRef.out.ref = out
logger.started.name = kafka.server.KafkaRaftServer
logger.started.level = info
"""


class KafkaUnavailable(Exception):
    """Neither Docker nor a JVM with Maven is there; says so in one line."""


class KafkaFailed(Exception):
    """Kafka did not start; carries the end of its log."""


class KafkaServer(Protocol):
    """A broker that a test may kill and start again; its address and data stay."""

    bootstrap: str

    def kill(self) -> None:
        """End it without warning (SIGKILL)."""
        ...

    def restart(self) -> None:
        """Start it again on the same address and data; returns when it serves."""
        ...


@contextlib.contextmanager
def kafka_server(*, compiled: bool = False) -> Iterator[KafkaServer]:
    """Run one broker with a data directory of its own; `compiled` is for who measures it.

    Raises KafkaUnavailable, KafkaFailed.
    """
    if _docker_answers():
        from libs.common.testing.kafka_docker import docker_kafka

        with docker_kafka(IMAGE) as server:
            yield server
        return
    if not (shutil.which("java") and shutil.which("mvn")):
        raise KafkaUnavailable(
            "no real Kafka: no Docker engine answers, and java and mvn are not both installed"
        )
    directory = Path(tempfile.mkdtemp(prefix="canbao-kafka-"))
    server = JvmKafka(directory, kafka_jars(), compiled=compiled)
    try:
        server.format()
        server.restart()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def _docker_answers() -> bool:
    if shutil.which("docker") is None:
        return False
    try:
        return subprocess.run(["docker", "info"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def kafka_jars() -> Path:
    """Give the directory with Kafka's jars; download them once, outside of the checkout."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "canbao"
    jars = cache / f"kafka-{VERSION}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "kafka.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not jars.exists():
            with tempfile.TemporaryDirectory(dir=cache) as work:
                _download(Path(work))
                (Path(work) / "jars").rename(jars)
    return jars


def _download(work: Path) -> None:
    (work / "pom.xml").write_text(_POM)
    done = subprocess.run(
        [
            "mvn",
            "-q",
            "-B",
            "dependency:copy-dependencies",
            "-DincludeScope=runtime",
            "-DoutputDirectory=jars",
        ],
        cwd=work,
        capture_output=True,
        text=True,
        timeout=600,
    )
    if done.returncode != 0:
        raise KafkaFailed(
            f"Maven could not fetch Kafka {VERSION}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
        )


def free_port(host: str = "127.0.0.1") -> int:
    """Give a port of `host` that is free now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


class JvmKafka:
    """Apache Kafka's own server, one KRaft node (controller and broker), on loopback or `host`.

    A test's broker is gone before it is worth to compile its code well: the JVM would spend half of its time
    on that. `compiled` has it do so, as in production.
    """

    def __init__(
        self, directory: Path, jars: Path, host: str = "127.0.0.1", *, compiled: bool = False
    ) -> None:
        self._compiling = [] if compiled else ["-XX:TieredStopAtLevel=1"]
        self._directory = directory
        self._jars = jars
        self._process: subprocess.Popen[bytes] | None = None
        self._log: IO[bytes] | None = None
        port, controller = free_port(host), free_port()
        self.bootstrap = f"{host}:{port}"
        (directory / "log4j2.properties").write_text(_LOG4J)
        (directory / "server.properties").write_text(
            "\n".join(
                (
                    "process.roles=broker,controller",
                    "node.id=1",
                    f"controller.quorum.voters=1@127.0.0.1:{controller}",
                    f"listeners=PLAINTEXT://{host}:{port},CONTROLLER://127.0.0.1:{controller}",
                    f"advertised.listeners=PLAINTEXT://{host}:{port}",
                    "controller.listener.names=CONTROLLER",
                    f"log.dirs={directory / 'data'}",
                    "offsets.topic.replication.factor=1",
                    "offsets.topic.num.partitions=4",
                    "transaction.state.log.replication.factor=1",
                    "transaction.state.log.min.isr=1",
                    "default.replication.factor=1",
                    "group.initial.rebalance.delay.ms=0",
                    "group.min.session.timeout.ms=1000",
                    # After a kill the controller waits for the old session to expire before it serves again.
                    "broker.session.timeout.ms=1500",
                    "broker.heartbeat.interval.ms=300",
                    "auto.create.topics.enable=false",
                )
            )
        )

    def format(self) -> None:
        """Prepare the data directory, once."""
        done = subprocess.run(
            [*self._java("128m"), "kafka.tools.StorageTool", "format", f"--cluster-id={_cluster_id()}", "-c",
             str(self._directory / "server.properties")],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise KafkaFailed(
                f"Kafka's storage was not formatted:\n{done.stdout[-2000:]}{done.stderr[-2000:]}"
            )

    def restart(self) -> None:
        """Start the server and wait until it serves. Raises KafkaFailed."""
        log = self._directory / "server.log"
        self._log = log.open("ab")
        self._log.truncate(0)
        self._process = subprocess.Popen(
            [*self._java("512m"), "kafka.Kafka", str(self._directory / "server.properties")],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            cwd=self._directory,
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )
        deadline = time.monotonic() + READY_SECONDS
        while b"Kafka Server started" not in log.read_bytes():
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise KafkaFailed(f"Kafka did not start; its log ends with:\n{log.read_text()[-3000:]}")
            time.sleep(0.1)

    def kill(self) -> None:
        """End the server without warning."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """End the server for good; its data is thrown away, so there is nothing to be gentle with."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(30)
            self._process = None
        if self._log is not None:
            self._log.close()
            self._log = None

    def _java(self, heap: str) -> list[str]:
        return [
            "java", f"-Xmx{heap}", "-XX:+UseSerialGC", *self._compiling, "-Dfile.encoding=UTF-8",
            f"-Dlog4j2.configurationFile={self._directory / 'log4j2.properties'}", "-cp", f"{self._jars}/*",
        ]  # fmt: skip


def _die_with_parent() -> None:
    """Have the kernel end the server should the tests be killed (Linux)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _cluster_id() -> str:
    """A cluster id as Kafka writes them: 16 bytes in base64 without padding."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
