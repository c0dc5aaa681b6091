"""REG: where images come from."""
