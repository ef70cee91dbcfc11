"""What has to be told to whom, the attempts, and the log of them."""
