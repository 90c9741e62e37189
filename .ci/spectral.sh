# Prints the path of the Spectral that checks the OpenAPI document, installed
# once per lock file in the user's cache by npm. Exit 3: there is no npm.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/spectral"

command -v npm >/dev/null && command -v node >/dev/null || exit 3
lock=$(sha256sum package.json package-lock.json | sha256sum | cut -c1-16)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/polis
there=$cache/spectral-$lock
if [[ ! -x $there/node_modules/.bin/spectral ]]; then
	mkdir -p "$cache"
	stage=$(mktemp -d "$cache/.spectral-XXXXXX")
	cp package.json package-lock.json "$stage"
	# Scripts of packages do not run: none is needed.
	(cd "$stage" && npm ci --ignore-scripts --no-audit --no-fund) >&2
	mv -T "$stage" "$there" 2>/dev/null || rm -rf "$stage" # somebody else was faster
fi
printf '%s\n' "$there/node_modules/.bin/spectral"
