"""The language of OCI images and registries: values and grammars, no I/O."""
