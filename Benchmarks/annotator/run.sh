#!/bin/sh
# Measures the annotator in a real browser: goals 1, 2, 3, 4, 5 and 11, each by its script.
#
#     Benchmarks/annotator/run.sh PROGRAM DATA [--quick] [--only NAME …]
#
# PROGRAM is coppice; coppice-worker must be beside it. DATA is a folder for images: what is missing is made (some 150 MB). --quick is a pass of some
# minutes that shows that everything works; its figures are worth little. NAME: server, strokes, ink, blank, views, tour. Tables go to the output,
# lines of JSON to DATA/figures.jsonl. Playwright, numpy and tifffile must be there: PYTHON is .venv-browser's, or what the variable says.
set -eu
cd "$(dirname "$0")"
usage() { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 64; }
[ $# -ge 2 ] || usage
program=$(realpath "$1") data=$2
shift 2
quick='' only=''
while [ $# -gt 0 ]; do
    case $1 in
        --quick) quick=yes ;;
        --only) shift; only="$only $*"; break ;;
        *) usage ;;
    esac
    shift
done
mkdir -p "$data"
data=$(realpath "$data")
python=${PYTHON:-../../.venv-browser/bin/python}
figures="$data/figures.jsonl"
: >"$figures"

wants() { [ -z "$only" ] || case " $only " in *" $1 "*) ;; *) return 1 ;; esac; }
# A script that fails does not keep the others from measuring.
status=0
measure() { echo; echo "$ $*"; "$python" "$@" || status=1; }

if [ -n "$quick" ]; then strokes=12 runs=1 cold=3 seconds=5 count=12 views=25 tiles=5 minutes=0.5 before=200
else strokes=200 runs=5 cold=20 seconds=20 count=100 views=500 tiles=20 minutes=10 before=2000; fi

"$python" make_slides.py "$data"
picture="$data/picture.png" slide="$data/slide-32768.zarr" sparse="$data/slide-131072.zarr"
# On 131,072² the middle need not have tissue.
tissue=$("$python" -c 'import make_slides; blocks = make_slides.tissue(131072); row, column = [one[len(one) // 2] for one in blocks.nonzero()]; print(f"{4096 * column + 1408},{4096 * row + 1688}")')

if wants server; then
    for image in "$picture" "$slide"; do measure latency.py "$program" "$image" --strokes "$strokes" --view 1280x720; done
fi
if wants strokes; then
    common="--strokes $strokes --runs $runs --json $figures"
    measure strokes.py "$program" "$picture" $common --view 1280x720 --cold "$cold"
    measure strokes.py "$program" "$picture" $common --view 1280x960 --cold 0
    measure strokes.py "$program" "$slide" $common --view 1280x720 --cold "$cold"
    measure strokes.py "$program" "$sparse" $common --view 1280x720 --cold "$cold" --at "$tissue"
    measure strokes.py "$program" "$slide" $common --view 1280x720 --cold 0 --before "$before"
    "$python" ratios.py "$figures"
fi
if wants ink; then measure ink.py "$program" "$slide" --seconds "$seconds" --runs "$runs" --json "$figures"; fi
if wants blank; then measure never_blank.py "$program" "$slide" --refreshes "$count" --pans "$count" --zooms "$count" --json "$figures"; fi
if wants views; then
    measure random_views.py "$program" "$slide" --views "$views" --tiles "$tiles" --json "$figures"
    measure random_views.py "$program" "$sparse" --views "$views" --tiles 0 --json "$figures"
fi
if wants tour; then
    measure tour.py "$program" "$slide" --minutes "$([ -n "$quick" ] && echo 0.2 || echo 1)" --json "$figures"
    measure tour.py "$program" "$sparse" --minutes "$minutes" --json "$figures"
fi
exit "$status"
