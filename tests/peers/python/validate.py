"""Validates JSON documents against a JSON Schema 2020-12, independently of this project.

usage: validate.py SCHEMA.json DOCUMENTS.jsonl

Prints one line for each line of DOCUMENTS: `valid`, or the first fault as `PATH: message`. Ends with
an error where the schema itself is wrong.
"""

import json
import sys

from jsonschema import Draft202012Validator, FormatChecker

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def main():
    schema_path, documents_path = sys.argv[1:]
    with open(schema_path, encoding="utf-8") as file:
        schema = json.load(file)
    if schema.get("$schema") != DIALECT:
        sys.exit(f"expected $schema to be {DIALECT}, found {schema.get('$schema')}")
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    with open(documents_path, encoding="utf-8") as documents:
        for document in documents:
            fault = next(validator.iter_errors(json.loads(document)), None)
            print(f"{fault.json_path}: {fault.message}" if fault else "valid")


main()
