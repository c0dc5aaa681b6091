"""Kubernetes objects and what carries them: manifests, charts, custom resources."""
