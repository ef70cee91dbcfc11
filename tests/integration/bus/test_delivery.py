"""A change in one service takes effect in another, exactly once, whichever bus carries it."""

from libs.common.testing.delivery_conformance import DeliveryConformance


class TestDelivery(DeliveryConformance):
    pass
