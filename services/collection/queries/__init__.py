"""What channels' gateways are asked about payments that nobody told of."""
