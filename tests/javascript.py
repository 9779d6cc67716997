"""What a module of the pages answers: Node runs the very file that browsers get."""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROTOCOL = Path(__file__).parents[1] / "static/js/protocol"

Ask = Callable[[object], Any]


@contextmanager
def answering(module: str, names: str, answer: str) -> Iterator[Ask]:
    """Have `answer`, an expression with these `names` of the module, answer each `asked`."""
    program = f"""
import {{ createInterface }} from "node:readline"
import {{ {names} }} from "{(PROTOCOL / module).as_uri()}"
for await (const line of createInterface({{ input: process.stdin }})) {{
  const asked = JSON.parse(line)
  console.log(JSON.stringify({answer}))
}}
"""
    command = ["node", "--input-type=module", "--eval", program]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as process:

        def ask(asked: object) -> Any:
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.communicate(timeout=10)
