"""The language of Debian archives: values and grammars, no I/O."""
