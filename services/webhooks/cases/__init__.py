"""What the office is told when an address of somebody answers badly."""
