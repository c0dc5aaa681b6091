"""What rules ask about a repository's facts: one module for each kind of question."""
