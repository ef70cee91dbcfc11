"""Help for people recognized here who are insured elsewhere: recorded, agreed to, and ended."""
