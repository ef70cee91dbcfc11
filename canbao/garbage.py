"""Has the garbage collector look seldom. Imports nothing of ours: a command begins with it."""

import gc


def collect_seldom() -> None:
    """Let fifty thousand container objects be made, net of those freed, before the youngest are looked at.

    Batches make objects by the ten thousand, which reference counting frees by itself, and modules stay; at
    the usual thresholds the collector looks through all that lives again and again.
    """
    gc.set_threshold(50_000, 20, 50)


def calm_garbage_collector() -> None:
    """Have it pass over all that lives by now, too: what was imported and loaded stays."""
    gc.collect()
    gc.freeze()
    collect_seldom()
