"""One case, one approval: whatever a person has to look at and decide, in every service alike."""
