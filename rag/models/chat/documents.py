"""The JSON document in a model's reply, be there thoughts before it or words around it; pure."""

from __future__ import annotations

import json
import re

_THOUGHT_ENDS = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
_OPENS = re.compile(r"\{|\[\s*\{")


def document_in(text: str) -> object:
    """The first document after the last thought; None where there is none."""
    said = _THOUGHT_ENDS.split(text)[-1]
    for opening in _OPENS.finditer(said):
        try:
            return json.JSONDecoder().raw_decode(said, opening.start())[0]
        except ValueError:
            continue
        except RecursionError:
            break
    return None
