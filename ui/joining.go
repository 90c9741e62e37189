package ui

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/storage"

	"polis/app"
	"polis/app/desk"
	appmembership "polis/app/membership"
	"polis/app/page"
	"polis/ui/handover"
	"polis/ui/membership"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// bannerMembership tells of requests while another screen is in front.
const bannerMembership = "membership news"

func (w *Window) makeMembership() screen.Screen {
	s := w.services
	m := s.Membership
	d := membership.Deps{
		Host: w.host, Applications: m.Applications, Register: m.Register, Clock: w.p.Clock, State: &w.rooms.membership, Hand: w.papers,
		Draw: func(_ context.Context, kind membership.PaperKind, f appmembership.Filed) (page.DisplayList, error) {
			return s.Desk.Layout(w.paperOf(kind, f))
		},
		ProtocolFiles: func(ctx context.Context, f appmembership.Filed, parent string) (string, error) {
			if err := os.MkdirAll(parent, 0o750); err != nil {
				return "", app.Fault(app.CodeFolder, err, "path", parent)
			}
			return appmembership.ProtocolFiles(ctx, w.paperInput(f), deskPaper{s.Desk}, m.Document, parent)
		},
		SaveFolder: m.SaveFolder, PickOpen: w.pickKind, PickFolder: w.pickFolder, Enrolled: s.Exchange != nil,
	}
	if m.Settings != nil {
		d.Setting = m.Settings.Setting
		d.SetSetting = func(key, value string) { // somebody has read how a request stands
			w.frame.banner(bannerMembership, nil)
			if err := m.Settings.SetSetting(key, value); err != nil {
				w.p.Log.Warn("setting is not kept", "key", key, "error", err)
			}
		}
	}
	if s.Demonstration {
		d.Activate = w.activate
	}
	if m.Holds != nil {
		d.Compare = func(ctx context.Context, f appmembership.Filed, d *appmembership.Document) (membership.Match, error) {
			return w.compareAgreement(ctx, s, f.Request, d)
		}
	}
	return membership.New(d)
}

// compareAgreement says whether a signed file holds the agreement of a
// request: with the number under which the body registered it, or as it was
// before there was one.
func (w *Window) compareAgreement(ctx context.Context, s *Services, r appmembership.Request, d *appmembership.Document) (membership.Match, error) {
	file, err := attachment(ctx, s.Membership, d.SHA256)
	if err != nil {
		return membership.MatchUnknown, err
	}
	hashes, err := w.agreementHashes(s, r)
	if err != nil {
		return membership.MatchUnknown, err
	}
	for _, hash := range hashes {
		if s.Membership.Holds(file, hash) {
			return membership.MatchSame, nil
		}
	}
	if d.Signature == nil || d.Signature.Encloses == "" {
		return membership.MatchUnknown, nil
	}
	return membership.MatchOther, nil
}

// attachment reads a stored document of a request.
func attachment(ctx context.Context, m *Membership, sha256 string) ([]byte, error) {
	r, err := m.Document(ctx, sha256)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(r)
	if err = errors.Join(err, r.Close()); err != nil {
		return nil, app.Fault(app.CodeFile, err, "path", sha256)
	}
	return content, nil
}

// paperInput is what the papers of a request are made of. They go to offices
// and are Italian; they are real in the demonstration too.
func (w *Window) paperInput(f appmembership.Filed) appmembership.PaperInput {
	in := appmembership.PaperInput{Request: f.Request, Case: f.Case, Agreement: f.Delivering, Words: w.p.Books["it"].Text, Lang: "it", Zone: time.Local}
	if in.Agreement == nil && f.State() == appmembership.Accepted {
		in.Agreement = f.Case.Agreement
	}
	return in
}

func (w *Window) paperOf(kind membership.PaperKind, f appmembership.Filed) page.Document {
	in := w.paperInput(f)
	switch kind {
	case membership.PaperAgreement:
		return appmembership.AgreementPaper(in)
	case membership.PaperReceipt:
		return appmembership.ReceiptPaper(in)
	}
	return appmembership.RequestPaper(in)
}

// deskPaper draws with the fonts of the desk.
type deskPaper struct{ *desk.Desk }

// PDF implements membership.Paper.
func (p deskPaper) PDF(w io.Writer, list page.DisplayList) error { return p.Write(w, list) }

// newPapers makes what hands over the papers of requests: what is saved of
// them outlives the demonstration.
func (w *Window) newPapers() *handover.Hand {
	s := w.services
	return handover.New(handover.Params{
		Host: func() *screen.Host { return w.host }, Press: s.Press, PDF: s.Desk.Write, SaveFolder: s.Membership.SaveFolder, Mail: w.p.Mail,
		Choose: func(handover.Subject) {}, PickFolder: w.pickFolder,
	})
}

// activate leaves the demonstration for the form that takes the code.
func (w *Window) activate(n appmembership.Network) {
	w.rooms.doors.Activate(n.Hub, n.CA)
	w.Leave()
}

// pickKind lets the operator choose a file of some kinds; chosen is told ""
// when none was.
func (w *Window) pickKind(title string, extensions []string, chosen func(path string)) {
	d := dialog.NewFileOpen(func(r fyne.URIReadCloser, err error) {
		if err != nil || r == nil {
			chosen("")
			return
		}
		path := r.URI().Path()
		_ = r.Close() // only its path was wanted
		chosen(path)
	}, w.win)
	if len(extensions) > 0 {
		d.SetFilter(storage.NewExtensionFileFilter(extensions))
	}
	widgets.ShowFileDialog(w.win, d, title)
}

// followMembership tells what becomes of the requests, as long as the window
// has these services.
func (w *Window) followMembership() {
	s := w.services
	if s == nil || s.Membership == nil {
		return
	}
	s.Membership.Applications.OnChange(func() {
		w.p.Runner.Post(func() {
			if w.services == s {
				w.tellMembership()
			}
		})
	})
	w.tellMembership()
}

// tellMembership says above the screen what the region did with a request, or
// that the time for an answer is nearly over; the screen of the requests, when
// it is in front, shows it itself.
func (w *Window) tellMembership() {
	s := w.services
	w.p.Runner.Go(func() func() {
		filed, err := s.Membership.Applications.All(context.Background())
		return func() {
			switch {
			case w.services != s:
			case err != nil:
				w.p.Log.Error("requests", "error", err)
			default:
				w.tellRequests(filed)
			}
		}
	})
}

func (w *Window) tellRequests(filed []appmembership.Filed) {
	if room, ok := w.screens[screen.Membership].(interface{ Refresh() }); ok {
		room.Refresh()
	}
	if w.route == screen.Membership {
		w.frame.banner(bannerMembership, nil)
		return
	}
	memory := membership.Memory{}
	if set := w.services.Membership.Settings; set != nil {
		memory = membership.ReadMemory(set.Setting(membership.SettingSeen))
	}
	for i := range filed {
		f := &filed[i]
		spec := w.membershipNews(f, memory.News(f))
		if spec == nil || slices.Contains(w.news.requests, spec.Title+spec.Text) {
			continue
		}
		w.news.requests = append(w.news.requests, spec.Title+spec.Text)
		w.frame.banner(bannerMembership, spec)
		w.p.Trace("banner", "id", bannerMembership, "text", spec.Title)
		return // the others are told after this one, and are in the list
	}
}

// membershipNews is the message about a request, nil for none.
func (w *Window) membershipNews(f *appmembership.Filed, e *appmembership.Entry) *widgets.BannerSpec {
	if f.Case == nil {
		return nil
	}
	spec := &widgets.BannerSpec{
		Kind: widgets.Info, Action: w.words.Text("membership.list.open"), OnAction: func() {
			w.frame.banner(bannerMembership, nil)
			w.rooms.membership.Open(f.Request.ID)
			w.Go(screen.Membership)
		},
	}
	left := membership.Reminder(w.words, f.Case, w.p.Clock.Now(), time.Local)
	switch {
	case e != nil:
		spec.Title = w.words.Text("membership.list.news_one", "name", f.Request.Body.Name, "event", w.words.Text("membership.event."+string(e.Event)))
		spec.Text = left
	case left != "":
		spec.Kind, spec.Title, spec.Text = widgets.Warn, w.words.Text("membership.list.remind", "name", f.Request.Body.Name), left
	default:
		return nil
	}
	return spec
}
