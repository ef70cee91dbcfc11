"""Batches that went to a bank, a collector or medical insurance, and what each said of their lines."""
