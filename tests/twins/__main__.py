"""Record anew what the programs of twins say in Node: ``python -m tests.twins``."""

from __future__ import annotations

from .node import answers, modules
from .records import FOLDER, path_of, save


def main() -> None:
    names = modules()
    changed = sum(save(module, list(answers(module))) for module in names)
    for path in set(FOLDER.glob("*.json")) - {path_of(module) for module in names}:
        path.unlink()
        changed += 1
    print(f"{changed} of {len(names)} modules changed")


if __name__ == "__main__":
    main()
