"""What readers find in files and rules judge: typed values that know their place."""
