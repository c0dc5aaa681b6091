"""Programs of others that render charts and kustomizations, if somebody says so."""
