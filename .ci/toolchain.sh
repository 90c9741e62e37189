# Sourced by the other scripts: goes to the top of the checkout and makes sure
# that a Go new enough for go.mod answers. Go 1.21 is the first that can fetch
# another release of itself.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1

say() { printf '%s\n' "$*"; }
fail() {
	printf 'error: %s\n' "$1" >&2
	shift
	if (($#)); then printf 'hint: %s\n' "$@" >&2; fi
	exit 1
}

# at_least WANTED HAVE
at_least() { [[ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" == "$1" ]]; }

use_go() {
	command -v go >/dev/null || fail "Go is not installed, or not in PATH." \
		"Install Go 1.21 or newer (https://go.dev/dl/) and try again."
	local have wanted
	have=$(cd / && GOTOOLCHAIN=local go version | awk '{ sub(/^go/, "", $3); print $3 }')
	wanted=$(awk '$1 == "go" { print $2; exit }' go.mod)
	# "devel" and the like are taken at their word.
	if [[ ! $have =~ ^[0-9] ]] || at_least "$wanted" "$have"; then return; fi
	at_least 1.21 "$have" || fail "Go $have is too old: POLIS needs Go 1.21 or newer." \
		"Install a newer Go (https://go.dev/dl/) and try again."
	export GOTOOLCHAIN=auto
	say "Go $have is here, go.mod wants $wanted: Go fetches it from the module proxy."
	go version >/dev/null || fail "Go $wanted could not be fetched." \
		"Check the connection (GOPROXY, GOTOOLCHAIN), or install Go $wanted (https://go.dev/dl/)."
}

use_go
