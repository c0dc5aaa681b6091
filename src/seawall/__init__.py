"""A wall in front of the registries that CI jobs and clusters depend on."""
