"""Score sheets of townships: what they rest on, frozen by one officer and signed by another."""
