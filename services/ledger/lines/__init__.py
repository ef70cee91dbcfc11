"""Where the money of a payment line is, when suspension, application and refund are facts of their own."""
