"""YAML that people write, in files and as KEY=VALUE: plain values, nothing lost silently."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import yaml

from thermal_radar_fusion.parameters import ParameterError


class _StrictLoader(yaml.SafeLoader):
    """YAML without the silent loss of a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if isinstance(key, Hashable) and key in seen:
                line = key_node.start_mark.line + 1
                raise ParameterError(f'line {line}: {key!r} is given twice')
            seen.add(key)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path) -> Any:
    """Return what a YAML file holds.

    Raises:
        ParameterError: one line without the file's name: it is missing, no text or no YAML, or a
            key is given twice.
    """
    try:
        # The strict loader derives from SafeLoader: it builds plain values only.
        return yaml.load(path.read_text(encoding='utf-8'), _StrictLoader)
    except FileNotFoundError:
        raise ParameterError('no such file') from None
    except OSError as error:
        raise ParameterError(error.strerror or 'cannot be read') from None
    except UnicodeDecodeError:
        raise ParameterError('not a text file') from None
    except yaml.MarkedYAMLError as error:
        line = f'line {error.problem_mark.line + 1}: ' if error.problem_mark else ''
        raise ParameterError(f'{line}not YAML: {error.problem}') from None
    except yaml.YAMLError as error:
        raise ParameterError(f'not YAML: {str(error).splitlines()[0]}') from None


def key_and_value(setting: str) -> tuple[str, Any]:
    """Split `people.count=4` into key and value.

    Raises:
        ParameterError: there is no `=`, or what follows is no YAML.
    """
    key, equals, text = setting.partition('=')
    if not equals:
        raise ParameterError(f'{setting}: expected KEY=VALUE')
    try:
        return key.strip(), yaml.safe_load(text)
    except yaml.YAMLError:
        raise ParameterError(f'{setting}: {text!r} is no value') from None
