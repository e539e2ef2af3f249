"""Goal 2: what a stroke takes on other images and after many strokes, by what it takes on the small picture: python ratios.py figures.jsonl"""
import json
import pathlib
import sys

FIGURES = ["first seen p50", "first seen p95", "view seen p50", "view seen p95"]


def main():
    found = {}
    for line in open(sys.argv[1]):
        row = json.loads(line)
        if row["script"] == "strokes" and row["figure"] in FIGURES and row["view"] == "1280x720":
            found.setdefault((pathlib.Path(row["image"]).name, row["before"]), {})[row["figure"]] = row["value"]
    names = list(found)
    print("\nBy the small picture, and with strokes before by the same image without")
    for name in names:
        base = names[0] if not name[1] else (name[0], 0)
        if base == name or base not in found:
            continue
        goal = 1.2 if name[1] else 1.1
        for figure in FIGURES:
            ratio = found[name][figure] / found[base][figure]
            print(f"  {name[0]}{f', {name[1]:,} strokes before' if name[1] else ''}: {figure:16} × {ratio:.2f}   goal {goal}: {'met' if ratio <= goal else 'NOT met'}")


main()
