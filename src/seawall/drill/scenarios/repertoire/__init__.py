"""The scenarios themselves, a module for each kind of trouble."""
