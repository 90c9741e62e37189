package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"polis/app"
	"polis/app/membership"
	"polis/assets"
	"polis/data/apiserver"
	"polis/data/wire"
)

// How workstations reach the hub before they are enrolled.

// reachable opens the hub under the address that was given; needed refuses to
// go on without one.
func (p *program) reachable(needed bool) (opening, error) {
	address := p.address
	if address == "" {
		address = p.getenv("POLIS_HUB_ADDRESS")
	}
	if address == "" {
		if needed {
			return opening{}, app.Fault(app.CodeUsage, nil, "detail", "--address https://...")
		}
		return opening{}, nil
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.User != nil {
		return opening{}, app.Fault(app.CodeInvalid, err, "field", "--address", "value", address)
	}
	return opening{address: strings.TrimRight(address, "/")}, nil
}

// ownAuthority returns the certificate of the hub's own authority, "" when it
// has none.
func ownAuthority(folder string) (string, error) {
	pem, err := os.ReadFile(filepath.Join(folder, apiserver.AuthorityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", app.Fault(app.CodeFile, err, "path", apiserver.AuthorityFile)
	}
	return string(pem), nil
}

func (p *program) settingsCommand() *cobra.Command {
	var out string
	var public bool
	c := &cobra.Command{
		Use:   "settings --out FILE --address https://... [--public-ca]",
		Short: "Write the file by which a workstation that is no member yet reaches this hub",
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if out == "" {
				return app.Fault(app.CodeUsage, nil, "detail", "--out FILE")
			}
			how, err := p.reachable(true)
			if err != nil {
				return err
			}
			folder, err := p.folder()
			if err == nil && !public {
				how.ca, err = ownAuthority(folder)
			}
			if err != nil {
				return err
			}
			return p.withHow(c.Context(), how, func(o *opened) error {
				n, err := o.NetworkSettings(c.Context())
				if err != nil {
					return err
				}
				text, err := wire.Marshal(n)
				if err != nil {
					return err
				}
				if err := replaced(out, func(w io.Writer) error { _, err := w.Write(append(text, '\n')); return err }); err != nil {
					return err
				}
				_, err = fmt.Fprintln(p.out, out)
				return err
			})
		},
	}
	c.Flags().StringVar(&out, "out", "", "file to write; it holds no secret and is given to whoever asks")
	c.Flags().BoolVar(&public, "public-ca", false, "the certificate that workstations see is of a public authority, not of the hub's own")
	return c
}

// register is that of public bodies, read when it is first asked.
type register struct {
	once   sync.Once
	bodies *membership.Bodies
	err    error
}

// ByID implements region.Bodies.
func (r *register) ByID(ipa string) (membership.Body, bool) {
	r.once.Do(func() { r.bodies, r.err = membership.NewRegister(assets.Register()) })
	if r.err != nil { // it is part of the program, and its tests read it
		return membership.Body{}, false
	}
	return r.bodies.ByID(ipa)
}
