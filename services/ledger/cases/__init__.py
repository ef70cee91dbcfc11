"""What a person has to look at and decide about the books."""
