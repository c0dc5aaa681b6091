"""The composition root: builds everything from settings and runs it as one service."""
