# Usage: packages.sh NEED... with NEED = build, headless, test, windows, lint,
# paper, bench-print
# Lists and installs the Debian or Ubuntu packages that a task needs. Services
# in them (cups, postgresql) are installed but not started.
set -euo pipefail

build=(gcc libc6-dev pkg-config libgl1-mesa-dev xorg-dev libgl1-mesa-dri x11-xkb-utils)
headless=(xvfb xdotool openbox imagemagick poppler-utils)
tests=(strace qpdf zbar-tools cups cups-ipp-utils printer-driver-cups-pdf dbus postgresql wine64 ghostscript openssl)
windows=(gcc-mingw-w64-x86-64)
lint=(shellcheck)
paper=(poppler-utils)
# Peers of the printed sheet; what a system does not have is left out there.
bench_print=(poppler-utils qpdf chromium weasyprint fontconfig)

wanted=()
for need in "$@"; do
	case $need in
	build) wanted+=("${build[@]}") ;;
	headless) wanted+=("${headless[@]}") ;;
	test) wanted+=("${build[@]}" "${headless[@]}" "${tests[@]}") ;;
	windows) wanted+=("${windows[@]}") ;;
	lint) wanted+=("${build[@]}" "${lint[@]}") ;;
	paper) wanted+=("${paper[@]}") ;;
	bench-print) wanted+=("${paper[@]}" "${bench_print[@]}") ;;
	*)
		printf 'error: packages.sh: unknown need %s\n' "$need" >&2
		exit 2
		;;
	esac
done

# other_system says what to install where apt is not; a compiler that is
# already there is given the benefit of the doubt.
other_system() {
	local hint
	case "$(uname -s)" in
	Darwin) hint='macOS: xcode-select --install' ;;
	MINGW* | MSYS* | CYGWIN*) hint='Windows: install MSYS2 and its packages mingw-w64-ucrt-x86_64-gcc and make; or build on Debian with "make windows".' ;;
	*) hint='Fedora: dnf install gcc libX11-devel libXcursor-devel libXrandr-devel libXinerama-devel libXi-devel libXxf86vm-devel mesa-libGL-devel mesa-dri-drivers setxkbmap
      (tests also: strace xorg-x11-server-Xvfb xdotool openbox ImageMagick poppler-utils qpdf zbar cups cups-printerapp cups-pdf dbus-daemon postgresql-server wine ghostscript openssl; make windows: mingw64-gcc; lint: ShellCheck)
hint: elsewhere: the equivalents of these Debian packages:'" ${wanted[*]}" ;;
	esac
	printf 'note: packages can be installed by this script only on Debian and Ubuntu.\nhint: %s\n' "$hint" >&2
	command -v gcc >/dev/null || command -v clang >/dev/null || {
		printf 'error: there is no C compiler.\n' >&2
		exit 1
	}
}

installed() { [[ "$(dpkg-query -W -f='${Status}' "$1" 2>/dev/null)" == "install ok installed" ]]; }

known() {
	local p
	for p in "$@"; do
		apt-cache policy "$p" 2>/dev/null | grep -q 'Candidate: [^(]' || return 1
	done
}

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
	other_system
	exit 0
fi

missing=()
for p in $(printf '%s\n' "${wanted[@]}" | sort -u); do installed "$p" || missing+=("$p"); done
((${#missing[@]})) || exit 0
printf 'Missing packages: %s\n' "${missing[*]}"

root=()
if ((EUID != 0)); then
	root=(sudo)
	# Where nobody can type a password, sudo must not ask for one.
	[[ -t 0 ]] || root=(sudo -n)
	if ! command -v sudo >/dev/null || ! "${root[@]}" true 2>/dev/null; then
		printf 'error: installing them needs root or sudo.\nhint: apt-get install --no-install-recommends %s\n' "${missing[*]}" >&2
		exit 1
	fi
fi

apt_get() {
	"${root[@]}" env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
		apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" </dev/null
}
install() { apt_get install -y --no-install-recommends "${missing[@]}"; }

# Debian's own way to install a service without starting it; where somebody
# has a policy already, it is theirs and stays.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
	trap '"${root[@]}" rm -f "$policy"' EXIT
	printf '#!/bin/sh\nexit 101\n' | "${root[@]}" tee "$policy" >/dev/null
	"${root[@]}" chmod 755 "$policy"
fi

log=$(mktemp)
if ! known "${missing[@]}"; then apt_get update >"$log" 2>&1 || true; fi
if ! install >"$log" 2>&1; then
	printf 'apt-get did not manage: lists are fetched again and it is tried once more.\n'
	{ apt_get update && install; } >"$log" 2>&1 || {
		tail -n 15 "$log" >&2
		printf 'error: apt-get could not install: %s (whole log in %s)\nhint: check the connection and the package sources, then try again.\n' "${missing[*]}" "$log" >&2
		exit 1
	}
fi
rm -f "$log"
printf 'Installed.\n'
