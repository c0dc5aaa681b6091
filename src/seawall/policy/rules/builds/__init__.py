"""BLD: what the build of an image depends on."""
