# make quality: the search and its peers against judged queries; how often
# the right sheet is first. QUALITY=-misses lists our misses among those that
# it may be tuned on.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
export LC_ALL=C.UTF-8
if [[ -z ${POLIS_SHARED:-} && -d ../shared/data ]]; then
	POLIS_SHARED=$(cd ../shared && pwd)
	export POLIS_SHARED
fi

mkdir -p build/bench
out=$PWD/build/bench/quality-$(date +%Y%m%d-%H%M%S).txt
go build -C app/search/bench -o "$PWD/build/bench/quality" ./cmd/quality
read -ra flags <<<"${QUALITY:-}"
build/bench/quality "${flags[@]}" | tee "$out"
say "Figures in ${out#"$PWD"/}"
