"""What the templates of charts make of their values."""
