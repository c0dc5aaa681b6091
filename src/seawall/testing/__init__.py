"""Public doubles and contracts for tests; outside the stack."""
