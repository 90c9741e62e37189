#!/bin/sh
# The printer at the end of a test's queue. As a backend of CUPS its arguments
# are job, user, title, copies, options and perhaps a file; as the command of
# ippeveprinter it has a file, the rest in the environment and its tray in
# TRAY. It keeps the job in the tray and tells its number through the pipe.
set -eu
if [ $# -eq 0 ]; then
	echo 'direct tray "POLIS" "POLIS tray"'
	exit 0
fi
if [ -n "${TRAY:-}" ]; then
	tray=$TRAY job=$IPP_JOB_ID file=$1
else
	tray=${DEVICE_URI#tray:} job=$1 file=${6:--}
fi
if [ -s "$tray/fault" ]; then
	reasons=$(cat "$tray/fault")
	[ "$reasons" = none ] || echo "STATE: +$reasons" >&2
	while [ -s "$tray/fault" ]; do sleep 0.1; done
	[ "$reasons" = none ] || echo "STATE: -$reasons" >&2
fi
cat "$file" >"$tray/$job.part"
if [ -n "${TRAY:-}" ]; then
	env >"$tray/$job.told"
else
	printf 'user=%s\ntitle=%s\ncopies=%s\noptions=%s\n' "$2" "$3" "$4" "$5" >"$tray/$job.told"
fi
mv "$tray/$job.part" "$tray/$job.pdf"
echo "$job" >"$tray/pipe"
