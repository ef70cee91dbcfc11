"""What came from outside, as it came: read by whoever has to trace money back to who told of it."""
