"""PUL and POL: who may pull an image, and when it is pulled."""
