package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"time"

	"polis/app"
)

// open shows a file or an address with the system's own program.
func open(path string) error {
	name, args := "xdg-open", []string{path}
	switch runtime.GOOS {
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", path}
	case "darwin":
		name = "open"
	}
	if err := start(name, args...); err != nil {
		return app.Fault(app.CodeNoViewer, err, "path", path)
	}
	return nil
}

// start starts one of the system's openers. One that fails at once is an
// error; one that goes on is left alone.
func start(name string, args ...string) error {
	cmd := exec.CommandContext(context.Background(), name, args...) //nolint:gosec // a system opener, by its fixed name
	if err := cmd.Start(); err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case <-time.After(2 * time.Second):
	}
	return nil
}
