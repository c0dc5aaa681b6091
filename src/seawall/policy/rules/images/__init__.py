"""IMG: how images are named."""
