package membership

import (
	"context"
	"io"
	"path/filepath"

	"polis/app"
	"polis/app/membership"
	"polis/ui/handover"
	"polis/ui/widgets"
)

// The ways of who has no link: a sealed file to the region, and its answer.

// stick writes the request, with what waits of it, as one sealed file.
func (c *caseView) stick() {
	s := c.s
	s.d.PickFolder(s.words("membership.case.pick_stick"), s.d.SaveFolder, func(parent string) {
		c.focus("stick")
		if parent == "" {
			return
		}
		c.export("stick", parent, s.sealing(parent, &c.f.Request))
	})
}

// pickAnswer lets the operator choose the file in which the region says how
// the request stands.
func (c *caseView) pickAnswer() {
	c.s.d.PickOpen(c.s.words("membership.case.pick_answer"), []string{".polis"}, func(path string) {
		c.focus("answer")
		if path != "" {
			c.readAnswer(path)
		}
	})
}

func (c *caseView) readAnswer(path string) {
	if c.busy {
		return
	}
	c.busy = true
	c.draw("")
	s, host := c.s, c.s.d.Host
	host.Runner.Go(func() func() { // never dropped: it is taken over, and must be told
		f, err := s.d.Applications.ReadAnswer(context.Background(), path)
		return func() {
			c.busy = false
			if err != nil {
				c.draw("answer")
				c.refused(err)
				return
			}
			host.Banner(banner, nil)
			if s.front != view(c) || f.Request.ID != c.f.Request.ID { // it was for another one
				s.showCase(f)
			} else {
				c.f, c.signed, c.noting = f, nil, nil
				s.see(&c.f)
				c.draw(c.first())
				c.reader.ScrollTo(0) // where it says what comes next
			}
			host.Toast(s.words("membership.case.answer_read", "name", s.name(&f)), nil)
			host.Trace("membership answer read", "state", string(f.State()), "waiting", f.Waiting)
		}
	})
}

// refused tells why an answer was not taken over, and leads to the settings
// that are missing.
func (c *caseView) refused(err error) {
	s, host := c.s, c.s.d.Host
	message, hint := s.explain(err)
	spec := widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint}
	if code := app.ErrorCode(err); (code == app.CodeRoots || code == app.CodeNoNetwork) && !s.d.Enrolled {
		spec.Kind, spec.Action, spec.OnAction = widgets.Warn, s.words("membership.list.set_network"), s.openNetwork
	}
	host.Log.Error("shown to the operator", "banner", banner, "error", err)
	host.Banner(banner, &spec)
	host.Trace("membership answer refused", "code", string(app.ErrorCode(err)))
}

// sealing is how a request, with what waits of it, becomes one sealed file in
// a folder; one of that name is an older copy of the same request.
func (s *Screen) sealing(folder string, r *membership.Request) func(context.Context) (string, error) {
	id, path := r.ID, filepath.Join(folder, s.words("membership.file.sealed")+"-"+r.Body.ID+".polis")
	return func(ctx context.Context) (string, error) {
		err := handover.WriteFile(path, func(w io.Writer) error { return s.d.Applications.Export(ctx, id, w) })
		if err != nil {
			return "", err
		}
		return path, nil
	}
}
