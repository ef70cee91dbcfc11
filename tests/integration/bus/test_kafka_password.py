"""The broker as it is deployed lets in who has the password, and nobody else."""

import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka.errors import KafkaError

from libs.common.bus.kafka.bus import KafkaBus
from libs.common.bus.kafka.connecting import connection_of
from libs.common.bus.port import Outgoing
from libs.common.settings import CommonSettings, SettingInvalid
from libs.common.testing.kafka_server import JvmKafka, free_port, kafka_jars
from tests.contract.test_compose_environment import environment_of

PASSWORD = "3f9c2b7a"


class DeployedKafka(JvmKafka):
    """Kafka's own server with what deploy/docker-compose.yml sets, on ports of this machine."""

    def __init__(self, directory: Path, jars: Path) -> None:
        super().__init__(directory, jars)
        clients, controller, local = free_port(), free_port(), free_port()
        ports = {":9092": f":{clients}", ":9093": f":{controller}", ":9094": f":{local}"}
        self.bootstrap = f"127.0.0.1:{clients}"
        lines = []
        for name, value in environment_of("kafka", {"KAFKA_PASSWORD": PASSWORD}).items():
            if not name.startswith("KAFKA_"):
                continue
            # As the image does: KAFKA_A_B__C is a.b_c.
            key = name.removeprefix("KAFKA_").lower().replace("__", "%").replace("_", ".").replace("%", "_")
            for deployed, here in ports.items():
                value = value.replace(f"//kafka{deployed}", f"//127.0.0.1{deployed}").replace(deployed, here)
            lines.append(f"{key}={directory / 'data' if key == 'log.dirs' else value}")
        (directory / "server.properties").write_text("\n".join(lines))


@pytest.fixture(scope="module")
def deployed():
    if not (shutil.which("java") and shutil.which("mvn")):
        pytest.skip("no JVM with Maven")
    directory = Path(tempfile.mkdtemp(prefix="canbao-kafka-"))
    server = DeployedKafka(directory, kafka_jars())
    try:
        server.format()
        server.restart()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


def bus_of(server, **settings):
    chosen = CommonSettings(bus="kafka", kafka_bootstrap=server.bootstrap, **settings)
    return KafkaBus(server.bootstrap, **connection_of(chosen))


@pytest.mark.kafka
class TestDeployedBroker:
    async def test_serves_who_has_the_password(self, deployed):
        bus = bus_of(deployed, kafka_username="canbao", kafka_password=PASSWORD)
        told = Outgoing(
            "canbao.ledger", "persons/1", "1", "/ledger", "canbao.test.v1", datetime.now(UTC), b"{}"
        )
        await bus.start()
        try:
            await bus.create_topics(["canbao.ledger"], 2)
            await bus.publish([told])
            async with bus.subscribe("somebody", ["canbao.ledger"]) as subscription:
                batch = await anext(subscription.batches())
            assert [message.id for message in batch.messages] == [told.id]
        finally:
            await bus.stop()

    @pytest.mark.parametrize(
        "settings",
        [
            {},
            {"kafka_username": "canbao", "kafka_password": "another"},
            {"kafka_username": "nobody", "kafka_password": PASSWORD},
        ],
    )
    async def test_lets_nobody_else_in(self, deployed, settings):
        bus = bus_of(deployed, **settings)
        with pytest.raises(KafkaError):
            await bus.start()


def test_a_name_without_a_password_is_refused_at_the_start():
    with pytest.raises(SettingInvalid, match="CANBAO_KAFKA_PASSWORD"):
        connection_of(CommonSettings(kafka_username="canbao"))


def test_brokers_elsewhere_are_spoken_to_encrypted_and_believed_by_a_file(tmp_path):
    assert connection_of(CommonSettings(kafka_tls=True))["security_protocol"] == "SSL"
    secret = {"kafka_username": "canbao", "kafka_password": "a", "kafka_mechanism": "SCRAM-SHA-512"}
    options = connection_of(CommonSettings(kafka_tls=True, **secret))
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-512")
    with pytest.raises(SettingInvalid, match="CANBAO_KAFKA_CA"):
        connection_of(CommonSettings(kafka_tls=True, kafka_ca=tmp_path / "none.pem"))
