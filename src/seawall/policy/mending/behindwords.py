"""Options put behind a word of a command, where that is a word of a shell."""

from seawall.policy.facts.text import Text
from seawall.policy.fix import Edit

_ENDS = b" \t\r\n\\;|&)"
"""What may follow a word in a shell. A quote may not: in `RUN ["curl", …]`, and in
`"curl"`, what is put behind the word becomes a part of it.
"""


def put_behind(
    word: Text, path: str, content: bytes | None, options: str
) -> Edit | None:
    """Make the edit that puts options, with a space before them, behind a word.

    Args:
        word: The word.
        path: Its file.
        content: The file's bytes; `None`, if they are not known.
        options: What to put there.
    """
    if not word.exact or content is None:
        return None
    follows = content[word.stop : word.stop + 1]
    if follows and follows not in _ENDS:
        return None
    return Edit(path, word.stop, word.stop, f" {options}".encode())
