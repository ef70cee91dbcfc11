"""A made-up service: one table, one operation. It stands for whatever comes fifth."""
