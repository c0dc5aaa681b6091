"""An upstream of bounded speed, a program of its own that costs next to no CPU."""
