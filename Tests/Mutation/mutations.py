"""What can be made wrong in a Swift file, one small change at a time.

1. `<` becomes `<=`, `==` becomes `!=`, `&&` becomes `||`, and each of them the other way round.
2. `+ 1` and `- 1` are left out; true becomes false, and false true.
3. A condition of `if`, `guard`, `while` and `for … where` is negated; bindings and patterns are left alone.
4. The body of a function that returns nothing is emptied; another returns at once nil, false, true, 0, "" or an empty collection.
5. A statement of one line that is a call or an assignment is left out.

Preconditions are left alone: they hold as long as the code is right, so that no test can miss them. So are `reserveCapacity`, and
`description`, which is for people.
"""
import hashlib
from dataclasses import dataclass

from swift_tokens import is_infix, tokens

SWAPS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||", "||": "&&", "true": "false", "false": "true"}
ASSIGNMENTS = {"=", "+=", "-=", "*=", "/=", "%=", "|=", "&=", "^=", "<<=", ">>=", "&+=", "&-="}
CHECKS = {"assert", "assertionFailure", "fatalError", "precondition", "preconditionFailure"}
ACCESSORS = {"get", "set", "willSet", "didSet", "_read", "_modify", "init"}
# What a statement that is a call or an assignment does not begin with.
KEYWORDS = set(
    "actor as async break case catch class continue default defer deinit do else enum extension fallthrough fileprivate final for func "
    "get guard if import in indirect init internal is lazy let mutating nonisolated nonmutating override package private protocol "
    "public repeat return set static struct subscript switch throw typealias unowned var weak where while yield didSet willSet".split())
# A statement in the block of one of these is no result of the block.
BRANCHES = {"if", "guard", "for", "while", "else", "}", "do", "defer", "repeat", "catch"}


@dataclass(frozen=True)
class Mutation:
    path: str
    line: int  # From 1.
    what: str
    start: int
    end: int
    text: str  # In the place of start..<end.
    before: str  # The lines that change, as one; and what they become.
    after: str
    name: str  # The same as long as path and lines are, wherever these lie in the file.

    def applied(self, source):
        return source[:self.start] + self.text + source[self.end:]


def mutations(path, source):
    """All mutations of a file, in its order."""
    file = _File(source)
    changes = sorted(set(file.swaps() + file.ones() + file.conditions() + file.bodies() + file.statements()))
    found, names = [], {}
    for start, end, text, what in changes:
        if any(first <= start < last for first, last in file.checks()):
            continue
        before, after = _lines(source, start, end, text)
        key = "\n".join([path, before, after, source[start:end]])
        names[key] = names.get(key, 0) + 1
        name = hashlib.sha256(f"{key}\n{names[key]}".encode()).hexdigest()[:8]
        found.append(Mutation(path, source.count("\n", 0, start) + 1, what, start, end, text, before, after, name))
    return found


def _lines(source, start, end, text):
    """The lines around a change, before and after it, each as one line; of a body with several, its first line with the brace."""
    is_body = "\n" in source[start:end]
    first = source.rfind("\n", 0, source.rfind("{", 0, start) if is_body else start) + 1
    last = source.find("\n", end)
    last = len(source) if last < 0 else last
    changed = ("… }", text + " }") if is_body else (source[start:end], text)
    return tuple(" ".join((source[first:start] + middle + source[end:last]).split()) for middle in changed)


class _File:
    def __init__(self, source):
        self.source = source
        self.tokens = tokens(source)
        self.emptied = set()  # The braces of bodies that are emptied.
        # The braces of initialisers: most statements there cannot be left out.
        self.initialisers = {
            self.body_of_function(index - 1)[0] for index, token in enumerate(self.tokens)
            if token.text == "init" and self.tokens[index - 1].text != "."
        }

    def text(self, first, last):
        """The source from one token to another, both included."""
        return self.source[self.tokens[first].start:self.tokens[last].end]

    def change(self, first, last, text, what):
        return (self.tokens[first].start, self.tokens[last].end, text, what)

    def checks(self):
        """Where the arguments of preconditions are."""
        return [
            (token.start, self.tokens[self.tokens[index + 1].partner].end)
            for index, token in enumerate(self.tokens[:-1]) if token.text in CHECKS and self.tokens[index + 1].text == "("
        ]

    def swaps(self):
        return [
            self.change(index, index, SWAPS[token.text], f"{token.text} → {SWAPS[token.text]}")
            for index, token in enumerate(self.tokens)
            if token.text in SWAPS and (token.kind == "word" or is_infix(self.source, token)) and self.tokens[index - 1].text != "func"
        ]

    def ones(self):
        return [
            (self.tokens[index - 1].end, self.tokens[index + 1].end, "", f"without {token.text} 1")
            for index, token in enumerate(self.tokens[:-1])
            if token.text in ("+", "-") and is_infix(self.source, token) and self.tokens[index + 1].text == "1"
        ]

    # Conditions

    def conditions(self):
        found = []
        for index, token in enumerate(self.tokens):
            if token.text in ("if", "guard", "while") or token.text == "where" and self.first_of_line(index).text == "for":
                for first, last in self.clauses(index):
                    if self.tokens[first].text not in ("let", "var", "case", "_", "true", "false", "#available") and \
                            not self.is_equality(first, last):
                        found.append(self.change(first, last, f"!({self.text(first, last)})", "negated"))
        return found

    def clauses(self, keyword):
        """The parts of a condition that commas separate: the first and the last token of each."""
        is_end_of_repeat = self.tokens[keyword - 1].text == "}" and self.tokens[self.tokens[keyword - 1].partner - 1].text == "repeat"
        index = first = keyword + 1
        while index < len(self.tokens):
            token = self.tokens[index]
            is_end = token.text == "else" if self.tokens[keyword].text == "guard" else token.text == "{"
            if is_end or token.text == "}" or is_end_of_repeat and token.is_first:
                break
            if token.text == ",":
                yield first, index - 1
                first = index + 1
            index = self.after(index)
        if index > first:
            yield first, index - 1

    def is_equality(self, first, last):
        """Whether the clause is a single `==` or `!=`, which is negated by another mutation."""
        inner = [token.text for token in self.level(first, last) if is_infix(self.source, token)]
        return sum(text in SWAPS for text in inner) == 1 and ("==" in inner or "!=" in inner) and "?" not in inner

    # Bodies

    def bodies(self):
        found = []
        for index, token in enumerate(self.tokens[:-2]):
            if token.text == "func":
                brace, result = self.body_of_function(index)
            elif token.text == "deinit":
                brace, result = index + 1, ""
            elif token.text == "var" and self.tokens[index + 2].text == ":" and self.tokens[index + 1].text != "description":
                brace, result = self.body_of_property(index)
            else:
                continue
            if brace is None or self.tokens[brace].partner == brace + 1 or self.tokens[brace + 1].text in ACCESSORS:
                continue
            first, last = brace + 1, self.tokens[brace].partner - 1
            for early in self.early_results(result):
                if self.text(first, last) not in (early, f"return {early}"):
                    what = f"returns {early}" if early else "emptied"
                    found.append(self.change(first, last, f"return {early}" if early else "", what))
            if not result:
                self.emptied.add(brace)
        return found

    def body_of_function(self, index):
        """The brace of the body, None without one; and the type of the result, empty without one."""
        index = arrow = self.after(index + 1)
        while index < len(self.tokens) and self.tokens[index].text != "{":
            token = self.tokens[index]
            if token.text == "}" or token.is_first and token.text not in ("->", "throws", "async", "where", "rethrows"):
                return None, ""
            if token.text == "->":
                arrow = index
            index = self.after(index)
        if index == len(self.tokens):
            return None, ""
        return index, self.text(arrow + 1, index - 1) if self.tokens[arrow].text == "->" else ""

    def body_of_property(self, index):
        index = first = index + 3
        while index < len(self.tokens) and self.tokens[index].text != "{":
            if self.tokens[index].is_first or self.tokens[index].text in ("=", "}", ")", ","):
                return None, ""
            index = self.after(index)
        return (index, self.text(first, index - 1)) if index < len(self.tokens) else (None, "")

    @staticmethod
    def early_results(result):
        if result.endswith("?"):
            return ["nil"]
        if result.startswith("[") and result.endswith("]"):
            return ["[:]" if ":" in result else "[]"]
        return {"": [""], "Bool": ["false", "true"], "Int": ["0"], "String": ['""']}.get(result, [])

    # Statements

    def statements(self):
        found = []
        for index, token in enumerate(self.tokens):
            is_in_body = token.block >= 0 and self.tokens[token.block].text == "{" and token.block not in self.initialisers
            if not is_in_body or not self.begins_statement(index):
                continue
            first, last = self.statement(index)
            if self.may_be_left_out(first, last):
                found.append(self.change(first, last, "()", "left out"))
        return found

    def begins_statement(self, index):
        token, previous = self.tokens[index], self.tokens[index - 1]
        if index - 1 == token.block or previous.text == ";":
            return True
        if previous.text == ":":
            return self.is_label(index - 1)
        return token.is_first and not self.goes_on(index)

    def is_label(self, colon):
        """Whether a colon is the first one after the `case` of its line, and so none of an expression."""
        index = colon
        while not self.tokens[index].is_first:
            index -= 1
        words = [token.text for token in self.level(index, colon - 1)]
        return words[0] in ("case", "default") and ":" not in words

    def goes_on(self, index):
        """Whether a line goes on the one before."""
        token, previous = self.tokens[index], self.tokens[index - 1]
        is_open = previous.text in (",", "(", "[", "->") or is_infix(self.source, previous)
        return is_open or token.kind == "operator" or token.text in ("else", "where", "catch")

    def statement(self, index):
        """The first and the last token of a statement; of a closure that names its parameters, what follows them."""
        first, block = index, self.tokens[index].block
        while index < len(self.tokens):
            token = self.tokens[index]
            if token.block != block or token.text in (";", "}") or index > first and token.is_first and not self.goes_on(index):
                break
            if token.text == "in" and self.tokens[first].text != "for":
                first = index + 1
            index = self.after(index)
        return first, index - 1

    def may_be_left_out(self, first, last):
        if last < first or self.tokens[first].line != self.tokens[last].line:
            return False
        token = self.tokens[first]
        is_plain = token.kind == "word" and token.text not in KEYWORDS | CHECKS and token.text[0] not in "#@"
        if not is_plain and token.text != "(":
            return False
        if any(inner.text == "reserveCapacity" for inner in self.level(first, last)):
            return False
        brace = token.block
        is_alone = brace == first - 1 and self.tokens[brace].partner == last + 1
        if is_alone and brace in self.emptied:
            return False
        if any(inner.text in ASSIGNMENTS and is_infix(self.source, inner) for inner in self.level(first, last)):
            return True
        is_call = last > first and self.tokens[last].text in (")", "}")
        # What stands alone in a closure or in a getter is its result.
        is_result = self.tokens[last + 1].text == "}" and self.tokens[first - 1].text in ("{", "in") \
            and self.first_of_line(brace).text not in BRANCHES
        return is_call and not is_result

    # Walking

    def after(self, index):
        """The token after this one, or after the bracket that it opens."""
        return max(index, self.tokens[index].partner) + 1

    def level(self, first, last):
        """The tokens from one to another that lie in no brackets of their own."""
        index = first
        while index <= last:
            yield self.tokens[index]
            index = self.after(index)

    def first_of_line(self, index):
        while not self.tokens[index].is_first:
            index -= 1
        return self.tokens[index]
