"""How brokers are spoken to: as whom, and whether encrypted."""

import ssl
from typing import Any

from libs.common.settings import CommonSettings, SettingInvalid


def connection_of(settings: CommonSettings) -> dict[str, Any]:
    """The options of aiokafka, common to all clients. Raises SettingInvalid."""
    if settings.kafka_username is not None and settings.kafka_password is None:
        raise SettingInvalid("CANBAO_KAFKA_USERNAME needs CANBAO_KAFKA_PASSWORD")
    known = settings.kafka_username is not None
    protocol = ("SASL_" if known else "") + ("SSL" if settings.kafka_tls else "PLAINTEXT")
    options: dict[str, Any] = {"security_protocol": protocol}
    if settings.kafka_tls:
        options["ssl_context"] = _context(settings)
    if known:
        options |= {
            "sasl_mechanism": settings.kafka_mechanism,
            "sasl_plain_username": settings.kafka_username,
            "sasl_plain_password": settings.kafka_password,
        }
    return options


def _context(settings: CommonSettings) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if settings.kafka_ca is not None:
        try:
            context.load_verify_locations(cafile=settings.kafka_ca)
        except OSError:
            raise SettingInvalid(
                f"{settings.kafka_ca} (CANBAO_KAFKA_CA) is no readable file of certificates (PEM)"
            ) from None
    return context
