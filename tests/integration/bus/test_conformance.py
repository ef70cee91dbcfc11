"""Both buses keep the same promises."""

from libs.common.testing.bus_conformance import BusConformance


class TestBus(BusConformance):
    pass
