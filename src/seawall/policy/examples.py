"""Texts that several rules show on their pages, with room for what differs."""

from types import MappingProxyType

POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  containers:
    - name: web
      image: {}
"""
"""A pod with one container; its image is to be filled in."""

WEBHOOK = """apiVersion: admissionregistration.k8s.io/v1
kind: MutatingWebhookConfiguration
metadata: {{name: mirror}}
webhooks:
  - name: images.mirror.example
    rules:
      - apiGroups: [""]
        apiVersions: [v1]
        resources: {res}
        operations: [CREATE, UPDATE]
    clientConfig:
      service: {{name: mirror, namespace: mirror}}
    sideEffects: None
    admissionReviewVersions: {versions}
    timeoutSeconds: {timeout}
    failurePolicy: {policy}
"""
"""A webhook that rewrites images."""

WEBHOOK_AS_IT_SHOULD_BE = MappingProxyType(
    {
        "res": "[pods, pods/ephemeralcontainers]",
        "versions": "[v1]",
        "timeout": 5,
        "policy": "Ignore",
    }
)
"""What is to be filled in there, where nothing is wrong."""

SCRIPT = """#!/bin/sh
set -e
{}
"""
"""A script of one line."""
