# make windows: cross-builds the programs for Windows. Only the one with a
# window needs C, and with it the mingw compiler.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
[[ -d cmd/polis && -d cmd/polisctl && -d cmd/polis-hub ]] || fail "The programs are not in this checkout (cmd/)."
bash .ci/packages.sh windows
command -v x86_64-w64-mingw32-gcc >/dev/null || fail "The mingw-w64 compiler (x86_64-w64-mingw32-gcc) is not installed." \
	"Install gcc-mingw-w64-x86-64, or your system's package of the same compiler."
source .ci/tools.sh
windows_tools

out=build/windows
mkdir -p "$out"
export GOOS=windows GOARCH=amd64
common=(-trimpath -buildvcs=false)

# Icon, version and manifest (per-monitor resolution) are linked from a file
# beside the main package; it lives only as long as the build.
resources=cmd/polis/rsrc_windows_amd64.syso
trap 'rm -f "$resources"' EXIT
version=$(awk -F '"' '/^Version/ { print $2 }' FyneApp.toml)
"$TOOLS/go-winres" simply --arch amd64 --out cmd/polis/rsrc --manifest gui --icon assets/icons/polis.png \
	--product-name POLIS --file-description POLIS --original-filename polis.exe \
	--product-version "$version" --file-version "$version"

say "Building polis.exe (the first time about 5 minutes, then seconds)"
CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc go build "${common[@]}" -tags migrated_fynedo,no_emoji,no_animations \
	-ldflags "-s -w -buildid= -H windowsgui" -o "$out/polis.exe" ./cmd/polis
for program in polisctl polis-hub; do
	say "Building $program.exe"
	CGO_ENABLED=0 go build "${common[@]}" -ldflags "-s -w -buildid=" -o "$out/$program.exe" "./cmd/$program"
done
ls -l "$out"/*.exe
