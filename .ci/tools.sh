# Sourced after toolchain.sh: TOOLS is the folder of the lint tools, built
# once per version and kept in the user's cache, never in go.mod.
# shellcheck shell=bash

GOLANGCI_LINT=v2.15.0
GOFUMPT=v0.12.0
GO_WINRES=v0.3.3

# The linter must be built by the Go that it is to read.
GO_HERE=$(go env GOVERSION)
TOOLS=${XDG_CACHE_HOME:-$HOME/.cache}/polis/tools-$GOLANGCI_LINT-$GOFUMPT-$GO_HERE

# tool NAME MODULE@VERSION builds a tool unless it is there. It works outside
# the module, with flags that cannot disturb, and shows up only when whole.
tool() {
	[[ -x $TOOLS/$1 ]] && return
	local stage
	stage=$(mktemp -d)
	say "Building $2 (once per version)"
	(cd "$stage" && GOTOOLCHAIN=$GO_HERE GOFLAGS=-trimpath GOWORK=off GOOS='' GOARCH='' GOBIN=$stage go install "$2") ||
		fail "$2 could not be built." "Check the connection to the Go module proxy (go env GOPROXY)."
	mkdir -p "$TOOLS"
	mv "$stage/$1" "$TOOLS/$1.$$" && mv "$TOOLS/$1.$$" "$TOOLS/$1"
	rm -rf "$stage"
}

lint_tools() {
	[[ -x $TOOLS/golangci-lint ]] || say "The linter is built once, in 3 to 6 minutes on two cores."
	tool golangci-lint "github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$GOLANGCI_LINT"
	tool gofumpt "mvdan.cc/gofumpt@$GOFUMPT"
}

windows_tools() { tool go-winres "github.com/tc-hib/go-winres@$GO_WINRES"; }
