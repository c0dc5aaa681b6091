"""What is held: images as trees, views of them, and what may be removed."""
