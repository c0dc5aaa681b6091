"""What may go wrong upstream, as values: scenarios by name, combined from a seed."""
