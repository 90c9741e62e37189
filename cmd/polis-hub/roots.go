package main

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/region"
	"polis/data/hubstore"
)

// The offline root and the key that it trusts. "root" commands need no hub:
// they run where the root is kept.

func (p *program) rootCommand() *cobra.Command {
	c := &cobra.Command{Use: "root", Short: "Make and use an offline root key", Args: usage(cobra.NoArgs), RunE: help}
	var out string
	fresh := &cobra.Command{
		Use: "new --out FILE", Short: "Make a root key; keep the file away from the hub", Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return p.newRoot(out) },
	}
	fresh.Flags().StringVar(&out, "out", "", "file to write")
	var root, request, answer string
	sign := &cobra.Command{
		Use: "sign --root FILE --request FILE --out FILE", Short: "Trust the key that a hub asks for", Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return p.signKey(root, request, answer) },
	}
	sign.Flags().StringVar(&root, "root", "", "the root key")
	sign.Flags().StringVar(&request, "request", "", "file of polis-hub key request")
	sign.Flags().StringVar(&answer, "out", "", "file to write")
	c.AddCommand(fresh, sign)
	return c
}

func (p *program) newRoot(out string) error {
	if out == "" {
		return app.Fault(app.CodeUsage, nil, "detail", "--out FILE")
	}
	if _, err := os.Stat(out); !errors.Is(err, fs.ErrNotExist) {
		return app.Fault(app.CodeFile, fs.ErrExist, "path", out) // a root is never overwritten
	}
	public, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := hubstore.WriteSecretFile(out, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})); err != nil {
		return app.Fault(app.CodeFile, err, "path", out)
	}
	_, err = fmt.Fprintln(p.out, "root "+base64.RawURLEncoding.EncodeToString(public))
	return err
}

func (p *program) signKey(root, request, out string) error {
	if root == "" || request == "" || out == "" {
		return app.Fault(app.CodeUsage, nil, "detail", "--root FILE --request FILE --out FILE")
	}
	key, err := hubstore.ReadRootKey(root)
	if err != nil {
		return err
	}
	var r region.KeyRequest
	if err := readJSON(request, &r); err != nil {
		return err
	}
	statement, err := region.SignKey(key, r, p.clock.Now())
	if err != nil {
		return err
	}
	return writeJSON(out, statement)
}

func (p *program) keyCommand() *cobra.Command {
	c := &cobra.Command{Use: "key", Short: "Change the key that signs the catalogue", Args: usage(cobra.NoArgs), RunE: help}
	var out string
	request := &cobra.Command{
		Use: "request --out FILE", Short: "Make a fresh key, which signs nothing before a root has said so", Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return app.Fault(app.CodeUsage, nil, "detail", "--out FILE")
			}
			return p.with(c.Context(), "", func(o *opened) error {
				r, err := o.RequestKey(c.Context())
				if err != nil {
					return err
				}
				return writeJSON(out, r)
			})
		},
	}
	request.Flags().StringVar(&out, "out", "", "file to write, for polis-hub root sign")
	var newRoot bool
	install := &cobra.Command{
		Use: "install [--new-root] FILE", Short: "Sign with the fresh key from now on; the one before is out", Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			var s region.KeyStatement
			if err := readJSON(args[0], &s); err != nil {
				return err
			}
			return p.with(c.Context(), "", func(o *opened) error {
				stated, err := o.InstallKey(c.Context(), s, newRoot)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(p.out, "key %s, serial %d, until %s\n", stated.Key, stated.Serial, day(&stated.ExpiresAt))
				return err
			})
		},
	}
	install.Flags().BoolVar(&newRoot, "new-root", false, "take a root that workstations enrolled so far do not know: they must be enrolled again")
	c.AddCommand(request, install)
	return c
}

func readJSON(path string, into any) error {
	text, err := os.ReadFile(path) // #nosec G304 -- the administrator names it
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}

func writeJSON(path string, v any) error {
	text, err := json.MarshalIndent(v, "", "  ")
	if err == nil {
		err = hubstore.WriteSecretFile(path, append(text, '\n'))
	}
	if err != nil {
		return app.Fault(app.CodeFile, err, "path", path)
	}
	return nil
}
