"""Finds where services disagree, has them agree again, and tells what only a person can mend."""
