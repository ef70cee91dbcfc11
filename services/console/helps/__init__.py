"""Help by others: their money, whom lists say that it helps, and such a list as a file, tried first."""
