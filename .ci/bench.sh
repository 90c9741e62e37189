# make bench: every benchmark of the module and of the modules inside it, in
# one run. BENCH chooses them (a regular expression), COUNT repeats them.
# The figures stay in build/bench/, in the form that benchstat compares.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh test
export LC_ALL=C.UTF-8
if [[ -z ${POLIS_SHARED:-} && -d ../shared/data ]]; then
	POLIS_SHARED=$(cd ../shared && pwd)
	export POLIS_SHARED
fi

mkdir -p build/bench
out=$PWD/build/bench/$(date +%Y%m%d-%H%M%S).txt
mapfile -t modules < <(git ls-files --cached --others --exclude-standard 'go.mod' '**/go.mod')
for mod in "${modules[@]}"; do
	# -p 1: packages that run side by side would measure each other.
	(cd "$(dirname "$mod")" && go test -p 1 -run '^$' -bench "${BENCH:-.}" -benchmem -count "${COUNT:-1}" -timeout 60m ./...) |
		grep -v -e 'no test files' | tee -a "$out"
done
say "Figures in ${out#"$PWD"/}; two such files: go run golang.org/x/perf/cmd/benchstat@latest OLD NEW"
