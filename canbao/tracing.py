"""Whether a process exports traces: by the standard variables of OpenTelemetry, off without them."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from libs.common.observability import traces
from libs.common.settings import SettingInvalid

_ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether anybody is named who collects traces. Raises SettingInvalid for what we do not speak."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true" or exporter == "none":
        return False
    if exporter not in ("", "otlp"):
        raise SettingInvalid("OTEL_TRACES_EXPORTER: traces are exported by otlp, or not at all (none)")
    if exporter != "otlp" and not any(environment.get(name) for name in _ENDPOINTS):
        return False
    protocol = next((environment[name] for name in _PROTOCOLS if environment.get(name)), "http/protobuf")
    if protocol != "http/protobuf":
        raise SettingInvalid(
            f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol}: traces are exported by http/protobuf,"
            " which collectors take at port 4318"
        )
    return True


@contextmanager
def exporting_traces() -> Iterator[None]:
    """Export traces while entered, where the environment says so."""
    if not is_wanted(os.environ):
        yield
        return
    from libs.common.observability.exporting import by_environment

    exporting = by_environment()
    traces.record_with(exporting)
    try:
        yield
    finally:
        traces.record_with(None)
        exporting.end()
