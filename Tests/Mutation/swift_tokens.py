"""The tokens of Swift source: enough to find conditions, bodies and statements, far from a parser."""
import re
from dataclasses import dataclass

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = set(OPENING.values())
WORD = re.compile(r"`[^`\n]+`|[#@$]?\w+")
NUMBER = re.compile(r"0[xob][\w.]+|\d[\d_]*(?:\.\d[\d_]*)?(?:e[+-]?\d+)?")
OPERATOR = re.compile(r"[-+*/%=<>!&|^~?.]+")


@dataclass
class Token:
    text: str
    start: int
    end: int
    line: int  # From 1.
    kind: str  # word, number, operator, string or mark
    is_first: bool = False  # In its line.
    partner: int = -1  # Of a bracket: the index of the other one.
    block: int = -1  # The index of the innermost bracket that the token lies in.


def tokens(source):
    """All tokens but comments; a string with all that is interpolated is one. Raises ValueError where brackets do not match."""
    found, open_brackets = [], []
    position, line, line_of_last = 0, 1, 0
    while position < len(source):
        start = position
        kind, position = _next(source, position)
        if kind not in ("space", "comment"):
            token = Token(source[start:position], start, position, line, kind, is_first=line != line_of_last)
            line_of_last = line + source.count("\n", start, position)
            if token.text in CLOSING and kind == "mark":
                if not open_brackets or OPENING[found[open_brackets[-1]].text] != token.text:
                    raise ValueError(f"line {line}: {token.text} closes nothing")
                token.partner = open_brackets.pop()
                found[token.partner].partner = len(found)
            token.block = open_brackets[-1] if open_brackets else -1
            if token.text in OPENING and kind == "mark":
                open_brackets.append(len(found))
            found.append(token)
        line += source.count("\n", start, position)
    if open_brackets:
        raise ValueError(f"line {found[open_brackets[-1]].line}: {found[open_brackets[-1]].text} is never closed")
    return found


def is_infix(source, token):
    """Whether an operator stands between two spaces, as those with two operands do here: `<` of a generic type has none."""
    return token.kind == "operator" and source[token.start - 1].isspace() and source[token.end:token.end + 1].isspace()


def _next(source, position):
    """The kind of what begins at a position, and where it ends."""
    character = source[position]
    if character.isspace():
        return "space", position + 1
    if source.startswith("//", position):
        end = source.find("\n", position)
        return "comment", len(source) if end < 0 else end
    if source.startswith("/*", position):
        return "comment", _end_of_comment(source, position)
    if string := re.compile(r'(#*)("""|")').match(source, position):
        return "string", _end_of_string(source, string.end(), string[1], string[2])
    for kind, pattern in (("number", NUMBER), ("word", WORD), ("operator", OPERATOR)):
        if match := pattern.match(source, position):
            return kind, match.end()
    return "mark", position + 1


def _end_of_comment(source, position):
    """Comments are nested."""
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(source, position):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise ValueError("a comment is never closed")


def _end_of_string(source, position, hashes, quotes):
    """The end of a string whose content begins at a position; what it interpolates may hold strings."""
    while position < len(source):
        if source.startswith(quotes + hashes, position):
            return position + len(quotes + hashes)
        if source.startswith("\\" + hashes + "(", position):
            position = _end_of_interpolation(source, position + len(hashes) + 2)
        elif source[position] == "\\" and not hashes:
            position += 2
        else:
            position += 1
    raise ValueError("a string is never closed")


def _end_of_interpolation(source, position):
    depth = 1
    while depth > 0:
        if source[position] in "()":
            depth += 1 if source[position] == "(" else -1
            position += 1
        else:
            position = _next(source, position)[1]
    return position
