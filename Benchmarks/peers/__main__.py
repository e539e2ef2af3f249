"""Time one peer on one piece of work; prints one line of JSON.

Libraries are imported, data is read and forests to predict with are loaded before the clock starts.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import time

PEERS = ["opencv", "scikit-image", "scikit-learn", "scikit-learn-intelex", "onnxruntime", "scikit-image+scikit-learn"]


def options():
    parser = argparse.ArgumentParser(prog="python -m peers", description=__doc__)
    parser.add_argument("work", choices=["features", "train", "labels", "probabilities", "whole"])
    parser.add_argument("peer", choices=PEERS)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--table", default="20k", help="which of the sample tables: 20k, 200k or 2m")
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--max-depth", type=int)
    parser.add_argument("--max-samples", type=float, help="a share up to 1, or a number of samples")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--warm-ups", type=int, default=1)
    return parser.parse_args()


def prepare(chosen):
    """The work as a function to be timed, and a function from its result to the facts that are reported."""
    if chosen.work == "features":
        from . import features
        return features.prepare(chosen)
    if chosen.work == "whole":
        from . import whole
        return whole.prepare(chosen)
    from . import forests
    return forests.prepare(chosen)


def main():
    chosen = options()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(chosen.threads)
    work, facts = prepare(chosen)
    seconds, result = [], None
    for run in range(-chosen.warm_ups, chosen.runs):
        del result
        begin = time.perf_counter()
        result = work()
        if run >= 0:
            seconds.append(round(time.perf_counter() - begin, 6))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(dict(
        work=chosen.work, peer=chosen.peer, threads=chosen.threads, seconds=seconds, median=statistics.median(seconds),
        peakMiB=peak, facts=facts(result))))


main()
