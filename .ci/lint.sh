# make lint: formatting, linters, modules, shell scripts. Every check runs,
# so that one round shows everything; any of them fails the whole.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh lint
source .ci/tools.sh
lint_tools

failed=()
check() {
	local name=$1
	shift
	say "lint: $name"
	"$@" || failed+=("$name")
}

formatted() {
	local list
	list=$(git ls-files --cached --others --exclude-standard '*.go' '.ci/*.go' | sort -u |
		while read -r f; do [[ ! -e $f ]] || printf '%s\0' "$f"; done | xargs -0 "$TOOLS/gofumpt" -l)
	[[ -z $list ]] || {
		printf 'not formatted by gofumpt:\n%s\n' "$list"
		return 1
	}
}

scripts() {
	local s bad=0
	for s in .ci/*.sh .ci/run .ci/scene; do
		[[ -e $s ]] || continue
		bash -n "$s" || bad=1
		if command -v shellcheck >/dev/null; then shellcheck -x -P SCRIPTDIR -s bash "$s" || bad=1; fi
	done
	return $bad
}

# in_module FOLDER COMMAND...: benchmarks may be a module of their own.
in_module() { (cd "$1" && shift && "$@"); }

# verified leaves out what a module takes from this checkout: go mod verify
# knows no checksum of a folder.
verified() {
	local copy code=0
	copy=$(mktemp -d)
	cp go.mod go.sum "$copy"
	go mod edit -droprequire polis -dropreplace polis "$copy/go.mod"
	go mod verify -modfile="$copy/go.mod" || code=1
	rm -rf "$copy"
	return $code
}

check "gofumpt" formatted
mapfile -t modules < <(git ls-files --cached --others --exclude-standard 'go.mod' '**/go.mod')
for mod in "${modules[@]}"; do
	dir=$(dirname "$mod")
	check "golangci-lint $dir" in_module "$dir" "$TOOLS/golangci-lint" run --config "$PWD/.ci/golangci.yml" ./...
	check "go mod tidy $dir" in_module "$dir" go mod tidy -diff
	check "go mod verify $dir" in_module "$dir" verified
done
# What only Windows compiles.
check "golangci-lint for Windows" env GOOS=windows CGO_ENABLED=0 "$TOOLS/golangci-lint" run --config "$PWD/.ci/golangci.yml" ./data/printer/... ./data/secret/...
check "shell scripts" scripts

((${#failed[@]} == 0)) || fail "lint: $(printf '%s; ' "${failed[@]}")see above."
say "lint: clean"
