# make run: a hub with the sample catalogue and a workstation enrolled at it,
# on this machine alone: loopback, free ports, a folder of its own that every
# run makes afresh. The hub stops when the window closes. Beside it lie what joining
# the network takes: a workstation that is not activated, one of the region with
# the role istruttore, the region's settings and its catalogue in files. Without
# a display a virtual one is started and .ci/scene plays the ten-second scene.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"

demo=$PWD/build/demo
bin=$PWD/build/bin
pids=()

stop() {
	local pid
	for pid in "$@"; do kill "$pid" 2>/dev/null || true; done
	for pid in "$@"; do wait "$pid" 2>/dev/null || true; done
}
trap 'stop "${pids[@]}"' EXIT
trap 'exit 130' INT TERM

# wait_for FILE PATTERN PID: the first line that matches, or the log of what
# ended too soon.
wait_for() {
	local tries=300
	until grep -m 1 -E "$2" "$1" 2>/dev/null; do
		if ((tries-- == 0)) || ! kill -0 "$3" 2>/dev/null; then
			tail -n 15 "$1" >&2
			return 1
		fi
		sleep 0.1
	done
}

has_display() { [[ -n ${DISPLAY:-} ]] && setxkbmap -query >/dev/null 2>&1; }

build() {
	[[ -d cmd/polis && -d cmd/polisctl && -d cmd/polis-hub ]] || fail "The programs are not in this checkout (cmd/)."
	if [[ ! -x $bin/polis ]]; then say "Building: the first time takes about 5 minutes on two cores, later ones seconds."; fi
	mkdir -p "$bin"
	CGO_ENABLED=1 go build -buildvcs=false -tags migrated_fynedo,no_emoji,no_animations -o "$bin/polis" ./cmd/polis
	CGO_ENABLED=0 go build -buildvcs=false -o "$bin/" ./cmd/polisctl ./cmd/polis-hub
}

start_hub() {
	local hub=("$bin/polis-hub" --data "$demo/hub")
	say "Loading the sample catalogue into a hub of its own"
	"${hub[@]}" import assets/sample/*.jsonl --blobs assets/sample/blobs >"$demo/import.log" 2>&1 ||
		fail "The sample catalogue was not imported." "See build/demo/import.log."
	"${hub[@]}" publish >"$demo/publish.log" 2>&1 || fail "The catalogue was not published." "See build/demo/publish.log."
	"${hub[@]}" serve --listen 127.0.0.1:0 --public-base https://polis.example >"$demo/hub.log" 2>&1 9>&- &
	hub_pid=$!
	pids+=("$hub_pid")
	url=$(wait_for "$demo/hub.log" '^listening https://' "$hub_pid") || fail "The hub did not start." "See build/demo/hub.log."
	url=${url#listening }
	export POLIS_HUB_ADDRESS=$url
	say "Hub: $url"
}

enrol() {
	local code
	code=$("$bin/polis-hub" --data "$demo/hub" enrolment-code --authority demo_borgo --office demo_borgo-urp)
	"$bin/polisctl" --data "$demo/desk" enrol --hub "$url" --code "$code" --ca "$demo/hub/ca.pem"
	"$bin/polisctl" --data "$demo/desk" sync
}

# joining prepares a body that asks to join and the office that examines it.
joining() {
	local code
	"$bin/polis-hub" --data "$demo/hub" settings --out "$demo/impostazioni-rete.json" >/dev/null
	"$bin/polis-hub" --data "$demo/hub" bundle -o "$demo/catalogo-rete.polis" >/dev/null
	"$bin/polisctl" --data "$demo/nuovo-ente" membership network --file "$demo/impostazioni-rete.json" >/dev/null
	code=$("$bin/polis-hub" --data "$demo/hub" enrolment-code --authority r_piemon --office r_piemon-urp --role istruttore)
	"$bin/polisctl" --data "$demo/regione" enrol --hub "$url" --code "$code" --ca "$demo/hub/ca.pem" >/dev/null
	"$bin/polisctl" --data "$demo/regione" sync >/dev/null
}

tell_joining() {
	printf '%s\n' "" "To see how a body joins the network, while this window is open, in other terminals:" \
		"  build/bin/polis --data build/demo/nuovo-ente   not activated: the door \"Chiedere l'adesione alla rete\"" \
		"  build/bin/polis --data build/demo/regione      the region, role istruttore: \"Istruttoria\"; no password is asked" \
		"  build/bin/polis-hub --data build/demo/hub membership list   the same requests from the command line" \
		"  build/demo/catalogo-rete.polis                 the catalogue in a file: nuovo-ente, Impostazioni, \"Importa il catalogo della rete\"" ""
}

virtual_display() {
	bash .ci/packages.sh headless
	Xvfb -displayfd 3 -screen 0 1366x768x24 -nolisten tcp 3>"$demo/display" >"$demo/xvfb.log" 2>&1 9>&- &
	pids+=("$!")
	DISPLAY=:$(wait_for "$demo/display" '^[0-9]+$' "$!") || fail "The virtual display did not start." "See build/demo/xvfb.log."
	export DISPLAY LC_ALL=C.UTF-8
	setxkbmap it
	openbox >"$demo/openbox.log" 2>&1 9>&- &
	pids+=("$!")
}

# The scene gets POLIS_BIN (programs), POLIS_DATA (the enrolled workstation),
# POLIS_PICTURES (where screenshots and the PDF go) and DISPLAY; the hub is off.
scene() {
	[[ -x .ci/scene ]] || fail "There is no display, and no scene (.ci/scene) to play without one."
	virtual_display
	stop "$hub_pid"
	mkdir -p "$demo/pictures"
	say "No display: the ten-second scene is played on a virtual one, with the hub off"
	POLIS_BIN=$bin POLIS_DATA=$demo/desk POLIS_PICTURES=$demo/pictures .ci/scene 9>&-
	say "Screenshots and PDF are in build/demo/pictures:"
	ls "$demo/pictures"
}

bash .ci/packages.sh build
mkdir -p build
exec 9>build/demo.lock
if command -v flock >/dev/null; then flock -n 9 || fail "Another make run is going in this folder." "Close its window first."; fi
build
rm -rf "$demo"
mkdir -p "$demo"
start_hub
enrol
joining
if has_display; then
	tell_joining
	say "The window opens; the hub stops when it closes."
	"$bin/polis" --data "$demo/desk" 9>&-
else
	scene
fi
