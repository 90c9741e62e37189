# make torture: the synchronisation under hours of faults. Figures go to
# build/torture/report.txt; a failure tells the seed that repeats its choices.
#   TORTURE_TIME=2h   how long the random faults last
#   TORTURE_KILLS=1000  how many workstation processes are killed
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh test
mkdir -p build/torture
export LC_ALL=C.UTF-8 POLIS_KILLS=${TORTURE_KILLS:-1000} POLIS_TORTURE=${TORTURE_TIME:-2h}

say "Random faults for $POLIS_TORTURE, then $POLIS_KILLS kills, then power cuts at every fsync"
code=0
go test -count 1 -timeout 0 -v -tags torture -run 'Torture|Kills|PowerCut' ./cmd/trial/... 2>&1 |
	tee build/torture/events.txt | grep -E '^ *(---|FAIL|ok|[a-z_]+_test\.go|[a-z]+\.go)' | tee build/torture/report.txt || code=1
exit "$code"
