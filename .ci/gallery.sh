# make gallery: papers of every kind, as PDF and as pictures, and a contact
# sheet of all their pages, in build/gallery/.
set -euo pipefail
source "$(dirname "$0")/toolchain.sh"
bash .ci/packages.sh paper
export LC_ALL=C.UTF-8

go run ./.ci/gallery build/gallery
say "Pages in build/gallery/, all of them on build/gallery/contact-sheet.png"
