"""Real brokers for tests, and the harness that kills who works with them."""
