"""A check from end to end: files found, read and judged; the shell around rules."""
