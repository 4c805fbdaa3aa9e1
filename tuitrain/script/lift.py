"""Functions of tuitrain as text for another program: with all that they call, without types and settings.

What is copied is what ran, so that it draws the same numbers; nothing is imported for it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
"""The folder of the package."""


def lifted(module: str, name: str, of: object = None) -> str:
    """Return the source of a function, or of a method of `of` as a function, behind that of what it needs.

    `module` is its place in the package, datasets.planes; where the method reads settings their values stand.
    """
    nodes = list(_needed(module, name, of, set()))
    return "".join(ast.unparse(node) + ("\n" if isinstance(node, ast.Assign) else "\n\n\n") for node in nodes).strip()


def _needed(module: str, name: str, of: object, seen: set[str]) -> Iterator[ast.stmt]:
    """Yield what a function needs, and itself, each once."""
    if name in seen:
        return
    seen.add(name)
    tree = ast.parse(ROOT.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8"))
    node = _Plain(of).visit(_found(tree, name))
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    own, others = _names(tree)
    for other in sorted(names & (own.keys() | others.keys())):
        yield from _needed(others.get(other, module), other, None, seen)
    yield ast.fix_missing_locations(node)


def _found(tree: ast.Module, name: str) -> ast.stmt:
    """Return a function or constant of a module, or a method, Class.method; raise KeyError."""
    kind, _, method = name.rpartition(".")
    if not kind:
        return _names(tree)[0][name]
    (body,) = (node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind)
    return next(node for node in body if isinstance(node, ast.FunctionDef) and node.name == method)


def _names(tree: ast.Module) -> tuple[dict[str, ast.stmt], dict[str, str]]:
    """Return the functions and constants of a module, and from which modules of the package others are."""
    own: dict[str, ast.stmt] = {}
    others: dict[str, str] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            own[node.name] = node
        elif isinstance(node, ast.Assign):
            own |= {target.id: node for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tuitrain."):
            others |= {alias.name: (node.module or "").removeprefix("tuitrain.") for alias in node.names}
    return own, others


class _Plain(ast.NodeTransformer):
    """Takes off types and imports, and puts values where settings were read."""

    def __init__(self, of: object) -> None:
        self.of = of

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Take off the types, and self."""
        arguments = [argument for argument in node.args.args if argument.arg != "self"]
        for argument in arguments:
            argument.annotation = None
        node.args.args, node.returns = arguments, None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """Take off the type of a variable."""
        self.generic_visit(node)
        return ast.Assign([node.target], node.value) if node.value else node

    def visit_Import(self, node: ast.Import) -> None:
        """Leave it out: the program imports at its top."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        """Put the value there."""
        if isinstance(node.value, ast.Name) and node.value.id == "self":
            return ast.parse(repr(getattr(self.of, node.attr)), mode="eval").body
        self.generic_visit(node)
        return node
