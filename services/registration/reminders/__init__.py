"""Reminds people to pay who agreed to it: by a gateway, a file for an operator, or a list to telephone."""
