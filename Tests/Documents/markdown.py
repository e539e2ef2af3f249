"""What the checks read of a Markdown page: anchors, links and blocks of commands."""
import dataclasses
import re

FENCE = re.compile(r"^(\s*)(`{3,}|~{3,})\s*(\w*)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$")
# [text](target) and ![text](target), also with a title; one pair of parentheses may lie in the target.
LINK = re.compile(r"\]\(\s*<?([^()\s>]*(?:\([^()\s]*\)[^()\s>]*)?)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*(\S+)")
ATTRIBUTE = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]*)\"")
NAMED = re.compile(r"<a\b[^>]*?\b(?:id|name)=\"([^\"]*)\"")
CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
MARKER = re.compile(r"^<!--\s*(runnable|serves|not run)(?::\s*(.*?))?\s*-->$")


@dataclasses.dataclass
class Block:
    """A block of commands. `kind` is runnable, serves or not run; None where the page does not say."""
    line: int
    text: str
    kind: str | None
    reason: str | None


@dataclasses.dataclass
class Page:
    anchors: set[str]
    links: list[tuple[int, str]]
    blocks: list[Block]


def slug(heading):
    """The anchor that hosting sites make of a heading."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def read(text):
    """The parts of a page."""
    page = Page(set(), [], [])
    counts = {}
    fence, marker, block = None, (None, None), None
    for number, line in enumerate(text.splitlines(), 1):
        opening = FENCE.match(line)
        if fence:
            if opening and opening[2].startswith(fence) and not opening[3] and line.strip() == opening[2]:
                fence, block = None, None
            elif block:
                block.text += line + "\n"
            continue
        if opening:
            fence = opening[2]
            if opening[3] in ("sh", "bash"):
                block = Block(number, "", *marker)
                page.blocks.append(block)
            marker = (None, None)
            continue
        if found := MARKER.match(line.strip()):
            marker = (found[1], found[2])
            continue
        if line.strip():
            marker = (None, None)
        if heading := HEADING.match(line):
            name = slug(heading[1])
            count = counts.get(name, 0)
            counts[name] = count + 1
            page.anchors.add(f"{name}-{count}" if count else name)
        plain = CODE.sub("", line)
        page.anchors.update(NAMED.findall(plain))
        page.links += [(number, target) for target in LINK.findall(plain) + ATTRIBUTE.findall(plain)]
        if reference := REFERENCE.match(plain):
            page.links.append((number, reference[1]))
    return page
