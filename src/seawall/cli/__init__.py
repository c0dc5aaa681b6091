"""Parse, call one function, print, exit."""
