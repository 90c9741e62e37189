# make test: every test with the race detector, against the real programs
# that they need (Xvfb, PostgreSQL, CUPS...). Tests start those themselves, in
# folders of their own; what they leave behind is stopped here and is a failure.
# `test.sh real` runs the tests over all real sheets instead.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh test

mkdir -p build/test
# One language and one encoding everywhere; xdotool types accents only so.
export LC_ALL=C.UTF-8 CGO_ENABLED=1
# Catalogues of the project that are no part of the checkout.
if [[ -z ${POLIS_SHARED:-} && -d ../shared/data ]]; then
	POLIS_SHARED=$(cd ../shared && pwd)
	export POLIS_SHARED
fi
# Every process that a test starts inherits this mark, and so can be told
# from those of others.
export POLIS_TEST_RUN=$$-$RANDOM

leftovers() {
	local env pid
	for env in /proc/[0-9]*/environ; do
		pid=${env//[!0-9]/}
		[[ $pid == "$$" ]] && continue
		if tr '\0' '\n' <"$env" 2>/dev/null | grep -qx "POLIS_TEST_RUN=$POLIS_TEST_RUN"; then printf '%s\n' "$pid"; fi
	done 2>/dev/null
}

# What lies in build/ is no part of the project.
mapfile -t packages < <(go list -e ./... | grep -v '^polis/build/')
# SQLite is C made into Go, with thousands of pointer checks a statement; the
# race detector looks at everything that calls it, the driver included.
unwatched=()
for pkg in modernc.org/sqlite/lib modernc.org/libc modernc.org/memory; do
	unwatched+=("-gcflags=$pkg=-race=false")
done
flags=(-race "${unwatched[@]}" -timeout 30m "${packages[@]}")
# Modules of their own inside the tree: benchmarks with their peers.
mapfile -t modules < <(git ls-files --cached --others --exclude-standard '**/go.mod')
if [[ ${1:-} == real ]]; then
	flags=(-run Real -tags real -count 1 -timeout 80m ./cmd/...)
	modules=()
fi

tests() {
	local mod code=0
	go test -json "${flags[@]}" || code=1
	for mod in "${modules[@]}"; do
		(cd "$(dirname "$mod")" && go test -json -race -timeout 10m ./...) || code=1
	done
	return $code
}

say "Building the tests (the first time about 10 minutes on two cores, then seconds)"
go build -o build/test/tally .ci/tally.go
code=0
tests 2>&1 | tee build/test/events.json | build/test/tally | tee build/test/report.txt || code=1

mapfile -t left < <(leftovers)
for pid in "${left[@]}"; do
	say "FAIL a test left this running: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null || true)"
	kill "$pid" 2>/dev/null || true
done | tee -a build/test/report.txt
if ((${#left[@]})); then
	code=1
	sleep 3
	for pid in $(leftovers); do kill -KILL "$pid" 2>/dev/null || true; done
	# The sums stay the last line.
	sums=$(grep -E '^[0-9]+ packages: ' build/test/report.txt)
	say "$sums" | tee -a build/test/report.txt
fi
exit "$code"
