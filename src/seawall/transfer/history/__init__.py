"""What happened to names and contents: told as values, kept for a while."""
