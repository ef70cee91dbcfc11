"""The sums of days of channels that collection tells, beside what is posted here."""
