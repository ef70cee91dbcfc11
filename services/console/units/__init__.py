"""The list of a unit: sent as a file, tried first; who is on it, and the orders by which it pays."""
