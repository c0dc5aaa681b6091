"""Recipes of images: Dockerfiles and what else builds them."""
