"""Empty tasks through Dask's distributed: a scheduler and two worker processes of one thread each, over TCP."""
import argparse
import json
import time


def nothing(number):
    """What a task does."""


def main():
    parser = argparse.ArgumentParser(prog="python -m peers.tasks", description=__doc__)
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    import distributed

    with distributed.LocalCluster(
            n_workers=chosen.workers, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
        with distributed.Client(cluster) as client:
            client.wait_for_workers(chosen.workers)
            distributed.wait(client.map(nothing, range(100), pure=False))
            begin = time.perf_counter()
            futures = client.map(nothing, range(chosen.tasks), pure=False)
            distributed.wait(futures)
            seconds = time.perf_counter() - begin
            assert all(future.status == "finished" for future in futures)
    print(json.dumps(dict(peer=f"distributed {distributed.__version__}", jobs=chosen.tasks, seconds=seconds)))


if __name__ == "__main__":
    main()
