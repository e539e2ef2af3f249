"""What was measured: kept as a JSON file, shown as a table and a plot."""
import json
import statistics

from . import plot, table


class Results:
    """The lines measured on one machine on one day. A line that is measured again replaces its old self."""

    def __init__(self, folder, date, machine, threads):
        folder.mkdir(parents=True, exist_ok=True)
        name = "".join(letter if letter.isalnum() else "-" for letter in machine["processor"].lower())
        name = "-".join(filter(None, name.split("-")))
        self.folder, self.path = folder, folder / f"{date}-{name}.json"
        old = json.loads(self.path.read_text())["lines"] if self.path.exists() else {}
        self.content = dict(date=date, threads=threads, machine=machine, lines=old)

    def add(self, line, commit, disturbance, turns):
        """`turns` are lists of measurements by side, peers first and Coppice last; `disturbance` is in cores."""
        self.content["lines"][line.name] = dict(
            title=line.title, label=line.label, note=line.note, wanted=line.wanted, moonshot=line.moonshot, commit=commit,
            disturbance=disturbance, **summary(turns))

    def write(self, order):
        """Writes all three files; lines in the order of the names in `order`."""
        lines = self.content["lines"]
        self.content["lines"] = {name: lines[name] for name in order if name in lines}
        self.path.write_text(json.dumps(self.content, indent=1, ensure_ascii=False) + "\n")
        (self.folder / "latest.md").write_text(table.markdown(self.content))
        (self.folder / "latest.svg").write_text(plot.svg(self.content["lines"].values(), self.content["threads"]))


def summary(turns):
    """Medians, and the ratio of the fastest peer's to Coppice's, overall and in each round."""
    sides = {name: side(measured) for name, measured in turns.items()}
    *peers, own = sides
    fastest = min(peers, key=lambda name: sides[name]["median"])
    rounds = [theirs / ours for theirs, ours in zip(sides[fastest]["rounds"], sides[own]["rounds"])]
    return dict(
        fastestPeer=fastest, ratio=sides[fastest]["median"] / sides[own]["median"], ratios=rounds,
        peers={name: sides[name] for name in peers}, coppice=sides[own])


def side(measured):
    """One side's rounds: the median of each, their median, and what the last one says of itself."""
    rounds = [statistics.median(turn["seconds"]) for turn in measured]
    last = {key: measured[-1][key] for key in ("peakMiB", "phases", "facts") if measured[-1].get(key)}
    return dict(median=statistics.median(rounds), rounds=rounds, seconds=[turn["seconds"] for turn in measured], **last)
