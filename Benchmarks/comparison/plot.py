"""A bar per line on a logarithmic axis, as an SVG file."""
import math
from xml.sax.saxutils import escape

from . import table

ROW, LEFT, RIGHT, WIDTH, TOP = 34, 290, 70, 960, 66
INK, QUIET, GRID, BAR, BEHIND, MARK = "#24292f", "#57606a", "#d8dee4", "#2f7d5b", "#b3541e", "#24292f"


def svg(lines, threads):
    lines = list(lines)
    largest = max([10.0, *(max(line["ratio"], line["wanted"]) for line in lines)])
    smallest = min([0.5, *(line["ratio"] for line in lines)])
    low, high = math.log10(smallest * 0.9), math.log10(largest * 1.1)
    position = lambda ratio: LEFT + (WIDTH - LEFT - RIGHT) * (math.log10(ratio) - low) / (high - low)
    bottom = TOP + ROW * len(lines)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 34}" font-family="system-ui, sans-serif">',
        f'<rect width="{WIDTH}" height="{bottom + 34}" fill="#ffffff"/>',
        text(16, 26, "How many times faster than the fastest peer", INK, size=16, weight=600),
        text(16, 46, f"{threads} threads, measured in turn; logarithmic axis. The short lines mark the ratios wanted.", QUIET)]
    for tick in ticks(10**low, 10**high):
        x, colour = position(tick), QUIET if tick == 1 else GRID
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{bottom}" stroke="{colour}"/>')
        parts.append(text(x, bottom + 18, f"{tick:g}×", QUIET, anchor="middle"))
    for index, line in enumerate(lines):
        parts += bar(line, TOP + ROW * index, position)
    return "\n".join([*parts, "</svg>"]) + "\n"


def bar(line, top, position):
    """From 1 to the ratio, with the work on the left, the ratio at its end, and the mark of the ratio wanted."""
    ratio, middle = line["ratio"], top + ROW / 2
    start, end = sorted((position(1), position(ratio)))
    wanted = position(line["wanted"])
    return [
        text(LEFT - 12, middle, line["label"], INK, anchor="end", size=12, dy=-1),
        text(LEFT - 12, middle, f"against {line['fastestPeer']}", QUIET, anchor="end", size=10.5, dy=11),
        f'<rect x="{start:.1f}" y="{top + 8}" width="{max(end - start, 1):.1f}" height="{ROW - 16}" rx="2" '
        f'fill="{BAR if ratio >= line["wanted"] else BEHIND}"/>',
        f'<line x1="{wanted:.1f}" y1="{top + 4}" x2="{wanted:.1f}" y2="{top + ROW - 4}" stroke="{MARK}" stroke-width="2"/>',
        text(max(end, wanted) + 8, middle, f"{table.ratio(ratio)}×", INK, weight=600, dy=4)]


def ticks(low, high):
    """1, 2 and 5 of every power of ten."""
    candidates = (digit * 10.0**power for power in range(-2, 5) for digit in (1, 2, 5))
    return [tick for tick in candidates if low <= tick <= high]


def text(x, y, content, colour, anchor="start", size=13, weight=400, dy=0):
    return (f'<text x="{x:.1f}" y="{y + dy:.1f}" fill="{colour}" text-anchor="{anchor}" font-size="{size}" '
            f'font-weight="{weight}">{escape(content)}</text>')
