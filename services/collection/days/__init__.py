"""Days of channels: what file, own payments and account say of each, and who closed it."""
