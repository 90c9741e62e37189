package main

import (
	"os/exec"
	"path/filepath"
	"runtime"

	"polis/app"
	"polis/ui/handover"
)

// mail opens a new message in the operator's mail program and reports whether
// the file is attached. Only xdg-email attaches; a mailto address, which every
// system has, cannot.
func mail(subject, body, file string) (attached bool, err error) {
	path, err := filepath.Abs(file)
	if err != nil {
		return false, app.Fault(app.CodeFile, err, "path", file)
	}
	if runtime.GOOS != "windows" && runtime.GOOS != "darwin" {
		if tool, err := exec.LookPath("xdg-email"); err == nil {
			if start(tool, "--utf8", "--subject", subject, "--body", body, "--attach", path) == nil {
				return true, nil
			}
		}
	}
	return false, open(handover.Mailto(subject, body))
}
