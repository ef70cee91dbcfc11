"""What the postings of one county and year add up to, for people to read and to sign."""
