"""Counts lines as a script would: by words, or by one expression that reads a mismatch."""
import re
import sys

WORDS = re.compile(rb"size mismatch|key\(s\) in state_dict|found shape|Trying to set a tensor|Error\(s\) in loading")
MISMATCH = re.compile(
    rb"size mismatch for (\S+): copying a param with shape torch\.Size\(\[([\d, ]*)\]\) from checkpoint, "
    rb"the shape in current model is torch\.Size\(\[([\d, ]*)\]\)"
)


def lines(names):
    if not names:
        yield from sys.stdin.buffer
    for name in names:
        with open(name, "rb") as file:
            yield from file


expression = WORDS if sys.argv[1] == "words" else MISMATCH
print(sum(1 for line in lines(sys.argv[2:]) if expression.search(line)))
