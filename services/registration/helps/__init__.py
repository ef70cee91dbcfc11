"""Help by who is no government: their money that has come, and the lists that say for whom it is."""
