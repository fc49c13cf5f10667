"""Reads YAML as PyYAML does, independently of this project, and prints it as one JSON document.

usage: registry.py FILE...

Prints an object with the content of each file under the file's name, without its folder. Ends with an
error where a mapping has a key twice, or where a reader of YAML 1.2 would read another value.
"""

import json
import os
import sys

import yaml


class Strict(yaml.SafeLoader):
    """YAML 1.1, in which `no` is false and 1:30 is a number, and without keys that stand twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        if len(keys) != len(set(keys)):
            raise yaml.constructor.ConstructorError(None, None, f"a key twice in {keys}", node.start_mark)
        return super().construct_mapping(node, deep)


class Plain(yaml.SafeLoader):
    """Every scalar is its text, but for quotes: what is plain must be one thing in every YAML."""


Plain.yaml_implicit_resolvers = {}


def read(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    typed, plain = yaml.load(text, Strict), yaml.load(text, Plain)
    same(typed, plain, path)
    return typed


def same(typed, plain, path):
    """What this YAML takes for a text or a number must look like it to any other."""
    if isinstance(typed, dict):
        assert list(map(str, typed)) == list(plain), f"keys in {path}"
        for key, value in typed.items():
            same(value, plain[str(key)], path)
    elif isinstance(typed, list):
        for pair in zip(typed, plain, strict=True):
            same(*pair, path)
    elif isinstance(typed, bool):
        assert plain in ("true", "false"), f"{plain} in {path}"
    elif not isinstance(typed, str):
        assert repr(typed) == plain, f"{plain} in {path}"


print(json.dumps({os.path.basename(path): read(path) for path in sys.argv[1:]}))
