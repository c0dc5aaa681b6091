"""A file's bytes in, facts out: a module for each format; nothing touches the disk."""
