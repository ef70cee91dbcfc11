"""Money that operators move on: the steps between a channel and the city."""
