"""Money in suspense that goes back by the channel that took it."""
