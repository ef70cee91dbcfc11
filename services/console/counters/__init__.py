"""A bank's counter: one person found by number and name, the money taken, and the paper that proves it."""
