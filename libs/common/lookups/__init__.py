"""Who looked whom up, read by auditors: the same operations in every service that keeps the audit."""
