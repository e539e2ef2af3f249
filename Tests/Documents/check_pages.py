"""Every relative link and #anchor of the pages resolves, and README stays short: python check_pages.py [ROOT]

Prints a line for each fault, and ends with 1 if there is any. Links to other hosts are not followed.
"""
import pathlib
import sys
import urllib.parse

import markdown

ROOT = pathlib.Path(__file__).resolve().parents[2]
README_LINES_MAX, README_COLUMNS_MAX = 120, 140


def pages(root):
    """All Markdown files, but for those of hidden folders (builds and environments) and of data that benchmarks bring."""
    def is_ours(path):
        return not any(part.startswith(".") or part == "data" for part in path.relative_to(root).parts[:-1])

    return sorted(filter(is_ours, root.rglob("*.md")))


def faults_of_links(root):
    root = root.resolve()
    read = {path: markdown.read(path.read_text()) for path in pages(root)}
    for path, page in read.items():
        for line, link in page.links:
            parts = urllib.parse.urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            where = f"{path.relative_to(root)}:{line}: {link}"
            target = path if not parts.path else (path.parent / urllib.parse.unquote(parts.path)).resolve()
            if not target.is_relative_to(root):
                yield f"{where}: leads out of the repository"
            elif not target.exists():
                yield f"{where}: no such file"
            elif parts.fragment and target.suffix == ".md" and urllib.parse.unquote(parts.fragment) not in read[target].anchors:
                yield f"{where}: no such heading"


def faults_of_length(path):
    lines = path.read_text().splitlines()
    if len(lines) > README_LINES_MAX:
        yield f"{path.name}: expected at most {README_LINES_MAX} lines, found {len(lines)}"
    for number, line in enumerate(lines, 1):
        if len(line) > README_COLUMNS_MAX:
            yield f"{path.name}:{number}: expected at most {README_COLUMNS_MAX} characters, found {len(line)}"


def main(root):
    faults = [*faults_of_links(root), *faults_of_length(root / "README.md")]
    for fault in faults:
        print(f"documents: {fault}")
    print(f"documents: {len(pages(root))} pages, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT))
