# make bench-search: the search beside FTS5 and bleve at 8,000 and 100,000
# sheets, in turns, on an idle machine for half an hour. BENCH_SEARCH holds
# flags: BENCH_SEARCH='-sizes 2000 -queries 200' is a short look, -help tells
# the others.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
export LC_ALL=C.UTF-8
if [[ -z ${POLIS_SHARED:-} && -d ../shared/data ]]; then
	POLIS_SHARED=$(cd ../shared && pwd)
	export POLIS_SHARED
fi

mkdir -p build/bench
out=$PWD/build/bench/search-$(date +%Y%m%d-%H%M%S).txt
go build -C app/search/bench -o "$PWD/build/bench/bench-search" ./cmd/bench-search
read -ra flags <<<"${BENCH_SEARCH:-}"
build/bench/bench-search "${flags[@]}" | tee "$out"
say "Figures in ${out#"$PWD"/}"
