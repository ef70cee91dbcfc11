"""Money that waits in suspense for people, as collection tells of it: lists of villages show it."""
