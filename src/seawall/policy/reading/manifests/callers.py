"""Who calls Tekton's tasks and Argo's templates, and what is passed to them."""

from collections.abc import Iterator

from seawall.policy.facts.images import INNER, Blank, Call, Given, Scope
from seawall.policy.facts.text import Style, Text
from seawall.policy.reading.manifests import parameters
from seawall.policy.reading.manifests.objects import tail, text, word
from seawall.policy.reading.manifests.parameters import Known
from seawall.policy.reading.source import Source
from seawall.policy.reading.yamlmarks import Mapping, Node, Sequence

_INPUT, _WORKFLOW = "inputs.parameters.", "workflow.parameters."
_ITEM = "{{item"
_UNKNOWN = "?"
"""A name that nobody declares: what it stands for is found out by running."""


def read_calls(source: Source, root: Mapping) -> Iterator[Scope | Call]:
    """Yield all that can be called in an object, and what it calls, nested ones too."""
    seen: set[int] = set()
    stack: list[tuple[Node, Known]] = [(root, Known(path=source.path))]
    while stack:
        node, outer = stack.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, Sequence):
            stack += [(item, outer) for item in reversed(node.items)]
        elif isinstance(node, Mapping):
            inner = outer.within(node)
            if not inner.active:
                return
            if inner.key != outer.key:
                yield _scope(source, node, inner)
            yield from _calls(source, node, inner)
            stack += [(value, inner) for _, value in reversed(list(node.pairs()))]


def _scope(source: Source, node: Mapping, known: Known) -> Scope:
    """Read what an object or a template declares; what a run binds is there, too."""
    defaults: dict[str, Given] = {}
    if known.key == known.home:
        spec = node.get("spec")
        for part in ("workflowSpec", "pipelineSpec", "taskSpec", ""):
            below = spec.get(part) if part and isinstance(spec, Mapping) else spec
            if isinstance(below, Mapping):
                defaults |= _givens(below)
    else:
        defaults = _givens(node)
    return Scope(
        path=source.path,
        start=node.start,
        stop=max(node.start, tail(node)),
        key=known.key,
        defaults=defaults,
    )


def _givens(node: Mapping) -> dict[str, Given]:
    return {
        name: Given(found, parameters.find_blanks(found.value))
        for name, (found, _) in parameters.list_declared(node)
    }


def _calls(source: Source, node: Mapping, known: Known) -> Iterator[Call]:
    """Yield what one mapping calls: as a task, a run, a step, or a workflow."""
    for callee, values in (*_of_tekton(node), *_of_argo(node, known)):
        yield Call(
            path=source.path,
            start=node.start,
            stop=max(node.start, tail(node)),
            caller=known.key,
            callee=callee,
            values=values,
        )


_Values = dict[str, tuple[Given, ...]]


def _of_tekton(node: Mapping) -> Iterator[tuple[str, _Values]]:
    for key, usual in (
        ("taskRef", "Task"),
        ("pipelineRef", "Pipeline"),
        ("ref", "StepAction"),
    ):
        ref = node.get(key)
        if not isinstance(ref, Mapping):
            continue
        name = word(ref.get("name"))
        if word(ref.get("resolver")) == "cluster":
            said = dict(_items(ref.get("params"), ""))
            name = word(said["name"].get("value")) if "name" in said else ""
        kind = word(ref.get("kind")) or usual
        if name:
            yield f"{kind}/{name}", _tekton_values(node)


def _tekton_values(node: Mapping) -> _Values:
    values: _Values = {}
    for name, item in _items(node.get("params"), ""):
        values[name] = _given(item)
    matrix = node.get("matrix")
    if isinstance(matrix, Mapping):
        for name, item in _items(matrix.get("params"), ""):
            several = item.get("value")
            listed = several.items if isinstance(several, Sequence) else []
            values[name] = tuple(
                Given(found, parameters.find_blanks(found.value))
                for one in listed
                if (found := text(one)) is not None
            )
        include = matrix.get("include")
        for one in include.items if isinstance(include, Sequence) else ():
            params = one.get("params") if isinstance(one, Mapping) else None
            for name, item in _items(params, ""):
                values[name] = (*values.get(name, ()), *_given(item))
    return values


def _of_argo(node: Mapping, known: Known) -> Iterator[tuple[str, _Values]]:
    arguments = node.get("arguments")
    passed = arguments.get("parameters") if isinstance(arguments, Mapping) else None
    entry, ref = word(node.get("entrypoint")), node.get("workflowTemplateRef")
    if isinstance(ref, Mapping) and word(ref.get("name")):
        values = {name: _given(item) for name, item in _items(passed, _WORKFLOW)}
        yield f"{_kind(ref)}/{word(ref.get('name'))}", values
    elif entry:  # its inputs are what the workflow's arguments of these names are
        values = {
            f"{_INPUT}{name}": (_hand_on(item, name),)
            for name, item in _items(passed, "")
        }
        yield f"{known.home}{INNER}{entry}", values
    own, foreign = word(node.get("template")), node.get("templateRef")
    if own or isinstance(foreign, Mapping):
        values = {
            name: _given(item, node.get("withItems"))
            for name, item in _items(passed, _INPUT)
        }
        if isinstance(foreign, Mapping):
            name = word(foreign.get("name"))
            yield (
                f"{_kind(foreign)}/{name}{INNER}{word(foreign.get('template'))}",
                values,
            )
        else:
            yield f"{known.home}{INNER}{own}", values


def _kind(ref: Mapping) -> str:
    wide = word(ref.get("clusterScope")) == "true"
    return "ClusterWorkflowTemplate" if wide else "WorkflowTemplate"


def _hand_on(item: Mapping, name: str) -> Given:
    """Pass a workflow's argument on, whatever it is."""
    found = text(item.get("value")) or Text(_UNKNOWN, item.start, item.stop)
    return Given(found, (Blank(0, len(found.value), f"{_WORKFLOW}{name}"),))


def _items(node: Node | None, lead: str) -> Iterator[tuple[str, Mapping]]:
    for item in node.items if isinstance(node, Sequence) else ():
        if isinstance(item, Mapping) and word(item.get("name")):
            yield f"{lead}{word(item.get('name'))}", item


def _given(item: Mapping, looped: Node | None = None) -> tuple[Given, ...]:
    """Read what a parameter is given; for each item of a loop, where it names that."""
    found = text(item.get("value"))
    if found is None:
        unknown = Text(_UNKNOWN, item.start, item.stop, Style.MADE, exact=False)
        return (Given(unknown, (Blank(0, 1, _UNKNOWN),)),)
    if _ITEM in found.value and isinstance(looped, Sequence):
        return tuple(
            Given(said) for one in looped.items for said in _of_item(found, one)
        )
    return (Given(found, parameters.find_blanks(found.value)),)


def _of_item(found: Text, item: Node) -> Iterator[Text]:
    """Fill in an item of a loop: itself, or what one of its keys has."""
    named: list[tuple[str, Node]] = [("item", item)]
    if isinstance(item, Mapping):
        named = [(f"item.{key.value}", value) for key, value in item.pairs()]
    for name, node in named:
        said = text(node)
        if said is None:
            continue
        filled = parameters.fill_name(found.value, name, said.value)
        if filled == said.value:
            yield said
        elif filled != found.value:
            yield Text(filled, said.start, said.stop, Style.MADE, exact=False)
