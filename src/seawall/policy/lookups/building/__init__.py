"""What repositories build, and which of their files go into that."""
