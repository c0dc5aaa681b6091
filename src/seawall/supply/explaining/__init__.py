"""What would happen now, what happened last, and why; nobody upstream is asked."""
