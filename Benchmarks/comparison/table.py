"""Results as a Markdown table with remarks."""

#: Other processes that take no more than this many cores do not disturb.
QUIET_CORES = 0.1

HEADER = """| work | peer (fastest) | peer, s | Coppice, s | ratio | range | wanted | moonshot |
|---|---|---|---|---|---|---|---|
"""


def markdown(content):
    machine, lines = content["machine"], content["lines"]
    commits = sorted({line["commit"] for line in lines.values()})
    packages = ", ".join(f"{name} {version}" for name, version in machine["peers"].items())
    return "".join([
        f"Measured on {content['date']}: {machine['processor']}, {machine['cores']} cores, {machine['memoryGiB']} GiB, governor ",
        f"{machine['governor']}, {machine['system']}, Python {machine['python']}; {content['threads']} threads on either side, ",
        "in turn. Ratio = median of the fastest peer / median of Coppice; range = smallest and largest ratio of a round.\n\n",
        HEADER, *map(row, lines.values()), "\n",
        *(f"- {line['title']}: {' '.join(remarks(line))}\n" for line in lines.values()),
        f"\nCommit {', '.join(commits)}. {machine['swift']}. {packages}.\n"])


def row(line):
    peer = line["peers"][line["fastestPeer"]]["median"]
    low, high = min(line["ratios"]), max(line["ratios"])
    return (
        f"| {line['title']} | {line['fastestPeer']} | {seconds(peer)} | {seconds(line['coppice']['median'])} "
        f"| **{ratio(line['ratio'])}** | {ratio(low)}–{ratio(high)} | {line['wanted']} | {line['moonshot']} |\n")


def remarks(line):
    """The line's note, the other peers, accuracies, phases and memory, as far as there are any."""
    own, name = line["coppice"], line["fastestPeer"]
    fastest = line["peers"][name]
    if line["note"]:
        yield line["note"]
    for other, peer in line["peers"].items():
        if other != name:
            yield f"{other} {seconds(peer['median'])} s."
    ours, theirs = (side.get("facts", {}).get("accuracy") for side in (own, fastest))
    if ours is not None:
        yield f"Accuracy {percent(ours)}" + (f", {name} {percent(theirs)}." if theirs is not None else ".")
    if own.get("phases"):
        yield "Phases: " + ", ".join(f"{phase} {seconds(own['phases'][phase])} s" for phase in sorted(own["phases"])) + "."
    if "peakMiB" in own and "peakMiB" in fastest:
        yield f"Peak memory {own['peakMiB']} MiB, {name} {fastest['peakMiB']} MiB."
    if line["disturbance"] > QUIET_CORES:
        yield f"The machine was not quiet: others took {line['disturbance']:.2f} cores."


def seconds(value):
    return f"{value:.3f}" if value < 1 else f"{value:.2f}"


def ratio(value):
    return f"{value:.2f}" if value < 2 else f"{value:.1f}"


def percent(share):
    return f"{100 * share:.2f} %"
