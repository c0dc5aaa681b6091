"""One protocol in, each; doors share the web module and nothing else."""
