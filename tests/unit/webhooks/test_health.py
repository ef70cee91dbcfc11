"""An address that takes nothing for long is paused; one that fails now and then is not."""

from datetime import UTC, datetime, timedelta

from services.webhooks.deliveries.rules import Health, Made, Patience, PauseReason, webhook_id

NOW = datetime(2026, 1, 5, 8, tzinfo=UTC)
PATIENCE = Patience(10, timedelta(hours=24))
WELL = Health(0, None, None)
FAILED, TAKEN, GONE = Made(0, 1, 0), Made(1, 0, 0), Made(0, 0, 1)


def after(*made: tuple[int, Made], health: Health = WELL) -> Health:
    for hours, one in made:
        health = health.after(one, NOW + timedelta(hours=hours), PATIENCE)
    return health


def test_failures_in_a_row_over_the_time_pause():
    health = after(*((hour, FAILED) for hour in range(25)))
    assert (health.failures, health.failing_since, health.pause_reason) == (25, NOW, PauseReason.FAILING)


def test_many_in_a_short_time_do_not_nor_few_in_a_long_one():
    assert after(*((0, FAILED) for _ in range(100))).pause_reason is None
    assert after((0, FAILED), (100, FAILED)).pause_reason is None


def test_one_that_was_taken_begins_anew():
    health = after(*((hour, FAILED) for hour in range(23)), (23, TAKEN), (24, FAILED))
    assert (health.failures, health.failing_since) == (1, NOW + timedelta(hours=24))
    assert health.pause_reason is None
    assert health.taken_at == NOW + timedelta(hours=23)


def test_side_by_side_one_that_was_taken_counts_for_all():
    assert after((0, Made(taken=1, failed=15, gone=0))).failures == 0


def test_whoever_says_that_it_is_gone_is_paused_at_once():
    assert after((0, GONE)).pause_reason is PauseReason.GONE


def test_a_fact_has_the_same_id_for_one_subscription_at_each_attempt():
    assert webhook_id(3, "canbao/collection", "4711") == "3-collection-4711"
    assert webhook_id(4, "canbao/collection", "4711") != "3-collection-4711"
