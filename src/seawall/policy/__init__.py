"""Rules over a repository's files: findings and fixes are values."""
