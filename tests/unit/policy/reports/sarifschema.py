"""The parts of SARIF 2.1.0 that reports use, as a JSON schema stricter than its own.

Written by hand from the OASIS standard (sections 3.13 to 3.58): the standard's schema
is under terms of its own and no part of this tree. As there, no object may have another
property; unlike there, a property of the standard that reports do not use is refused,
too, until somebody reads its section and adds it here.
"""

from typing import Any


def _object(required: str = "", **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "required": required.split(),
    }


def _list(items: dict[str, Any], *, unique: bool = False) -> dict[str, Any]:
    return {"type": "array", "items": items, "uniqueItems": unique}


def _map(values: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": values}


_TEXT = {"type": "string"}
_WORDS = {"type": "string", "minLength": 1}
_FLAG = {"type": "boolean"}
_FROM_0 = {"type": "integer", "minimum": 0}
_FROM_1 = {"type": "integer", "minimum": 1}
_BAG = {
    "type": "object",
    "properties": {"tags": _list(_TEXT, unique=True)},
}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_URI = {"type": "string", "format": "uri-reference", "pattern": r"^[!-~]*$"}
_MESSAGE = _object("text", text=_WORDS)
_BOTH = _object("text", text=_WORDS, markdown=_WORDS)
_ARTIFACT = _object(uri=_URI, uriBaseId=_WORDS, description=_MESSAGE)
_REGION = _object(
    "startLine",
    startLine=_FROM_1,
    startColumn=_FROM_1,
    endLine=_FROM_1,
    endColumn=_FROM_1,
)
_PHYSICAL = _object("artifactLocation", artifactLocation=_ARTIFACT, region=_REGION)
_LOCATION = _object(
    id=_FROM_0,
    physicalLocation=_PHYSICAL,
    logicalLocations=_list(_object(fullyQualifiedName=_TEXT), unique=True),
)
_REPLACEMENT = _object(
    "deletedRegion", deletedRegion=_REGION, insertedContent=_object("text", text=_TEXT)
)
_CHANGE = _object(
    "artifactLocation replacements",
    artifactLocation=_ARTIFACT,
    replacements={**_list(_REPLACEMENT), "minItems": 1},
)
_FIX = _object(
    "artifactChanges",
    description=_MESSAGE,
    artifactChanges={**_list(_CHANGE, unique=True), "minItems": 1},
)
_SUPPRESSION = _object(
    "kind",
    kind={"enum": ["inSource", "external"]},
    status={"enum": ["accepted", "underReview", "rejected"]},
    justification=_WORDS,
)
_RESULT = _object(
    "message",
    ruleId=_WORDS,
    ruleIndex=_FROM_0,
    level=_LEVEL,
    message=_MESSAGE,
    locations=_list(_LOCATION),
    partialFingerprints=_map(_TEXT),
    relatedLocations=_list(_LOCATION, unique=True),
    fixes=_list(_FIX, unique=True),
    suppressions=_list(_SUPPRESSION, unique=True),
    properties=_BAG,
)
_RULE = _object(
    "id",
    id=_WORDS,
    shortDescription=_BOTH,
    fullDescription=_BOTH,
    help=_BOTH,
    defaultConfiguration=_object(enabled=_FLAG, level=_LEVEL),
    properties=_BAG,
)
_NOTIFICATION = _object(
    "message", level=_LEVEL, message=_MESSAGE, locations=_list(_LOCATION, unique=True)
)
_RUN = _object(
    "tool",
    tool=_object(
        "driver",
        driver=_object(
            "name", name=_WORDS, version=_WORDS, rules=_list(_RULE, unique=True)
        ),
    ),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds=_map(_ARTIFACT),
    invocations=_list(
        _object(
            "executionSuccessful",
            executionSuccessful=_FLAG,
            toolExecutionNotifications=_list(_NOTIFICATION),
        )
    ),
    results=_list(_RESULT),
)
SARIF = _object(
    "version runs",
    **{"$schema": {"type": "string", "format": "uri"}},
    version={"const": "2.1.0"},
    runs=_list(_RUN),
)
"""A whole log."""
