"""From when to when somebody would be covered who paid now: told before paying."""
