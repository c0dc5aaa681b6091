"""What is about images alone: registries, their tags, manifests and lists."""
