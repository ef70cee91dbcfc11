"""The social-security card of a person: recorded, or put in the place of another one."""
