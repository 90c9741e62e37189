package apiserver_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"polis/data/apiserver"
)

// spectral finds the program: POLIS_SPECTRAL, or what .ci/spectral.sh installs.
func spectral(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("POLIS_SPECTRAL"); path != "" {
		return path
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", filepath.Join("..", "..", ".ci", "spectral.sh"))
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 3 || errors.Is(err, exec.ErrNotFound) {
		t.Skip("SKIPPED: the OpenAPI document was not checked by Spectral: there is no npm (or POLIS_SPECTRAL)")
	}
	if err != nil {
		t.Fatalf("Spectral could not be installed: %v\n%s", err, &complaints)
	}
	return strings.TrimSpace(string(out))
}

// TestOpenAPIPassesSpectral checks the document by the rules of OpenAPI and,
// when POLIS_OAS_RULES names their file, by those of the Italian public
// administration (italia/api-oas-checker, "Italian Guidelines Full"), which
// are not part of this project. A warning is a failure.
func TestOpenAPIPassesSpectral(t *testing.T) {
	doc, err := apiserver.OpenAPI("1.2.3", "https://hub.example")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	file, oas := filepath.Join(folder, "openapi.json"), filepath.Join(folder, "oas.yml")
	if err := errors.Join(os.WriteFile(file, doc, 0o600), os.WriteFile(oas, []byte("extends: spectral:oas\n"), 0o600)); err != nil {
		t.Fatal(err)
	}
	lint := func(t *testing.T, program, rules, file string) (string, error) {
		t.Helper()
		out, err := exec.CommandContext(t.Context(), program, "lint", "--ruleset", rules, "--fail-severity", "warn", "--quiet", file).CombinedOutput()
		return string(out), err
	}
	t.Run("OpenAPI", func(t *testing.T) {
		program := spectral(t)
		if out, err := lint(t, program, oas, file); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		broken := filepath.Join(folder, "broken.json")
		if err := os.WriteFile(broken, []byte(strings.Replace(string(doc), `"operationId"`, `"operationid"`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := lint(t, program, oas, broken); err == nil {
			t.Error("Spectral takes anything")
		}
	})
	t.Run("Italian guidelines", func(t *testing.T) {
		rules := os.Getenv("POLIS_OAS_RULES")
		if rules == "" {
			t.Skip("SKIPPED: the Italian rules for APIs were not checked: POLIS_OAS_RULES does not name their file (spectral.yml of italia/api-oas-checker-rules)")
		}
		if out, err := lint(t, spectral(t), rules, file); err != nil {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
