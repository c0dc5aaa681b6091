"""WHK: admission webhooks that stand between a pod and its start."""
