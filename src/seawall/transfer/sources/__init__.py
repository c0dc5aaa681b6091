"""Who has contents: registries and plain web places, each asked in its own way."""
