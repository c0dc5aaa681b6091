"""A file of Skaffold that several rules are tried on."""

SKAFFOLD = """\
apiVersion: skaffold/v2beta29
kind: Config
build:
  artifacts:
    - image: shop/web
      context: web
    - image: worker
profiles:
  - name: debug
    build: {artifacts: [{image: shop/debug}]}
"""
