"""Applications for money of help: what each asks for, for whom, and how much of it finance has."""
