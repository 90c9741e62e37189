package review

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/widgets"
)

// pending is the decision about this request that has not been answered, nil
// for none.
func (f *file) pending() *membership.Decision {
	i := slices.IndexFunc(f.decisions, func(d membership.Decision) bool { return d.Change.Request == f.c.ID && !d.Refused })
	if i < 0 {
		return nil
	}
	return &f.decisions[i]
}

// acting is what can be decided now: the likeliest first, or the decision
// that is being written, or the one that waits.
func (f *file) acting() fyne.CanvasObject {
	s := f.s
	state := string(f.c.State)
	if delivered(&f.c) {
		state = "delivered"
	}
	standing := widgets.Stack(1, widgets.NewWrapped(widgets.Heading, s.words("review.standing."+state)), widgets.NewWrapped(widgets.Body, s.term(&f.c)))
	if kind, text := s.reminder(&f.c); text != "" {
		role := widgets.Late
		if kind == widgets.Bad {
			role = widgets.Wrong
		}
		standing.Add(widgets.NewWrapped(role, text))
	}
	kind := widgets.Info
	if !f.c.State.Open() {
		kind = widgets.Neutral
	}
	switch {
	case f.form != nil:
		standing.Add(widgets.Pad(1, 0, 0, 0, f.form.draw()))
	case f.pending() != nil:
		f.waits(standing, f.pending())
	default:
		if ways := f.ways(); ways != nil {
			standing.Add(ways)
		}
	}
	return widgets.Tinted(kind, standing)
}

// waits says that a decision was taken and has not reached the hub.
func (f *file) waits(to *fyne.Container, d *membership.Decision) {
	s := f.s
	to.Add(widgets.NewWrapped(widgets.Strong, s.words("review.waits", "decision", s.words("review.decision."+string(d.Change.Event)), "when", s.told().Moment(d.At))))
	to.Add(widgets.NewWrapped(widgets.Body, s.words("review.waits_text")))
	if d.Problem != "" {
		message, _ := s.explained(d.Problem, d.Params, nil)
		to.Add(widgets.NewWrapped(widgets.Late, message))
	}
	if d.Change.Reason != "" {
		to.Add(widgets.NewWrapped(widgets.Secondary, s.words("membership.case.quote", "text", d.Change.Reason)))
	}
	to.Add(widgets.Below(f.button("primary", widgets.ButtonSpec{Label: s.words("review.send_now"), Icon: fynetheme.ViewRefreshIcon(), Weight: widgets.Primary, OnPress: s.refresh})))
}

// ways are the buttons of what is allowed, the likeliest first.
func (f *file) ways() fyne.CanvasObject {
	all := slices.DeleteFunc(membership.Allowed(f.c.State, f.s.d.Role), func(e membership.Event) bool {
		return e == membership.ReturnAgreement && !f.delivered()
	})
	if len(all) == 0 {
		return nil
	}
	likely := f.likeliest(all)
	slices.SortStableFunc(all, func(a, b membership.Event) int {
		switch {
		case a == likely && b != likely:
			return -1
		case b == likely && a != likely:
			return 1
		}
		return 0
	})
	row := widgets.Wrap(1, 1)
	for _, e := range all {
		name, weight := "act "+string(e), widgets.Quiet
		if e == likely && f.s.d.State.letters[f.c.ID].Code == "" { // a letter in front has its own
			name, weight = "primary", widgets.Primary
		}
		b := f.button(name, widgets.ButtonSpec{Label: f.s.words("review.act." + string(e)), Icon: icon(e), Weight: weight, OnPress: func() { f.begin(e) }})
		if !f.read && !f.busy { // what was not read is not decided about
			b.Disable()
			f.stops = f.stops[:len(f.stops)-1]
		}
		row.Add(b)
	}
	return widgets.Pad(0.5, 0, 0, -0.75, row)
}

// delivered reports that there is a signed agreement to be given back; what was
// not read may hold one.
func (f *file) delivered() bool {
	return !f.read || f.c.Agreement != nil || slices.ContainsFunc(f.r.Documents, func(d membership.Document) bool { return d.Kind == membership.DocumentAgreement })
}

func icon(e membership.Event) fyne.Resource {
	switch e {
	case membership.Register:
		return fynetheme.DocumentCreateIcon()
	case membership.StartReview:
		return fynetheme.VisibilityIcon()
	case membership.RequestIntegration, membership.ReturnAgreement:
		return fynetheme.MailReplyIcon()
	case membership.Reject, membership.End:
		return fynetheme.CancelIcon()
	case membership.IssueLetter:
		return fynetheme.MailComposeIcon()
	case membership.Restore:
		return fynetheme.HistoryIcon()
	}
	return fynetheme.ConfirmIcon()
}

// likeliest is the one thing that most probably comes next.
func (f *file) likeliest(all []membership.Event) membership.Event {
	switch f.c.State {
	case membership.UnderReview:
		if f.clear() {
			return membership.Accept
		}
		return membership.RequestIntegration
	case membership.Accepted:
		return membership.RegisterAgreement
	case membership.Signed:
		return membership.Activate
	}
	return all[0]
}

// begin opens what is needed to decide; what needs nothing is done.
func (f *file) begin(e membership.Event) {
	if f.busy {
		return
	}
	if e == membership.StartReview {
		c, err := membership.NewChange(&f.c, e)
		if err != nil {
			f.s.d.Host.Fail(banner, err)
			return
		}
		f.send(c)
		return
	}
	f.form = newForm(f, e)
	f.draw(f.form.first())
}

// leave closes the form; what was written is kept.
func (f *file) leave() {
	e := f.form.event
	f.keepNow()
	f.form = nil
	name := "act " + string(e)
	f.draw("")
	if f.at(name) < 0 {
		name = "primary"
	}
	f.focus(name)
}

// later writes down soon what is being typed.
func (f *file) later() {
	if f.stop != nil {
		f.stop()
	}
	f.stop = f.s.d.Host.Runner.After(keepAfter, f.keepNow)
}

// keepNow writes down what is being typed.
func (f *file) keepNow() {
	if f.stop != nil {
		f.stop()
		f.stop = nil
	}
	if f.form == nil || f.c.ID == "" {
		return
	}
	f.kept.Texts[f.form.event] = f.form.begun()
	f.s.keep(f.c.ID)
}

// send takes the decision: it is stored before anything else, and sent when
// there is a link.
func (f *file) send(c membership.Change) {
	if f.busy {
		return
	}
	f.keepNow()
	f.busy = true
	f.draw("")
	s := f.s
	s.d.Host.Runner.Go(func() func() { // never dropped: it happens, and must be told
		now, err := s.d.Review.Do(context.Background(), c)
		decisions, werr := s.d.Review.Waiting(context.Background())
		return func() {
			f.busy = false
			if werr != nil {
				s.d.Host.Log.Error("decisions", "error", werr)
			}
			f.answered(c, now, err, decisions)
		}
	})
}

// answered tells how a decision ended: done, kept for later, refused, or not
// taken at all.
func (f *file) answered(c membership.Change, now membership.Case, err error, decisions []membership.Decision) {
	s := f.s
	mine := f.c.ID == c.Request
	if mine {
		f.decisions = decisions
	}
	i := slices.IndexFunc(decisions, func(d membership.Decision) bool { return d.Change.ID == c.ID })
	switch {
	case err == nil:
		f.forget(c)
		if mine {
			f.form, f.c = nil, withContent(now, f.c)
		}
		s.d.Host.Banner(banner, nil)
		s.d.Host.Toast(s.words("review.done."+string(c.Event)), nil)
	case i >= 0 && !decisions[i].Refused:
		f.forget(c)
		if mine {
			f.form = nil
		}
		s.d.Host.Notice(s.words("review.kept_for_later"))
	case i >= 0: // the panel tells it
		if mine {
			f.form = nil
		}
	case mine && f.form != nil:
		message, hint := s.explain(err)
		f.form.wrong = message + " " + hint
	default:
		s.fail(err)
	}
	s.d.Host.Trace("review decided", "event", string(c.Event), "code", string(app.ErrorCode(err)))
	if mine {
		f.draw(f.first())
		f.focus(f.first())
	}
	f.load()
	s.queue.load()
}

func withContent(now, before membership.Case) membership.Case {
	if now.Content == nil {
		now.Content = before.Content
	}
	if now.Rivals == nil {
		now.Rivals = before.Rivals
	}
	return now
}

// forget drops the text of a decision that was taken.
func (f *file) forget(c membership.Change) {
	k := f.s.keptOf(c.Request)
	delete(k.Texts, c.Event)
	f.s.keep(c.Request)
}

// grave asks before something that others feel: the focus is on No.
func (f *file) grave(c membership.Change) {
	s, w := f.s, f.s.words
	key := "review.grave." + string(c.Event)
	body := widgets.Stack(2, widgets.NewWrapped(widgets.Body, w(key+"_text", "name", f.c.Name)), widgets.NewWrapped(widgets.Secondary, w("membership.case.quote", "text", c.Reason)))
	widgets.ShowDialog(s.d.Host.Canvas(), widgets.DialogSpec{
		Title: w(key+"_title", "name", f.c.Name), Body: body, Accept: w(key + "_yes"), Cancel: w(key + "_no"), Grave: true, Width: 560,
		OnAccept: func() bool {
			f.send(c)
			return true
		},
		OnCancel: func() { f.focus("submit") },
	})
}

// letter is the letter that was just made. Its code is in the paper only.
func (f *file) letter() fyne.CanvasObject {
	s := f.s
	l, ok := s.d.State.letters[f.c.ID]
	if !ok {
		return nil
	}
	w := s.words
	save := f.button("letter save", widgets.ButtonSpec{Label: w("review.letter_save"), Icon: fynetheme.FolderOpenIcon(), Weight: widgets.Primary, OnPress: func() { f.saveLetter(l) }})
	pdf := f.button("letter pdf", widgets.ButtonSpec{Label: w("review.letter_pdf"), Icon: fynetheme.DocumentSaveIcon(), OnPress: func() { s.d.Hand.SaveAs(f.paper(l)) }})
	press := f.button("letter print", widgets.ButtonSpec{Label: w("review.letter_print"), Icon: fynetheme.DocumentPrintIcon(), OnPress: func() { s.d.Hand.Print(f.paper(l), func(bool) {}) }})
	mail := f.button("letter copy", widgets.ButtonSpec{Label: w("review.letter_copy"), Icon: fynetheme.ContentCopyIcon(), OnPress: func() { f.copyMail(l) }})
	end := f.button("letter end", widgets.ButtonSpec{Label: w("review.letter_end"), OnPress: func() {
		delete(s.d.State.letters, f.c.ID)
		f.draw("primary")
	}})
	return widgets.Tinted(widgets.OK, widgets.Stack(
		1, widgets.NewWrapped(widgets.Heading, w("review.letter_ready")), widgets.NewWrapped(widgets.Body, w("review.letter_to", "pec", l.PEC, "until", s.told().Moment(l.ExpiresAt))),
		widgets.NewWrapped(widgets.Body, w("review.letter_text")), widgets.Pad(0.5, 0, 0, -0.75, widgets.Wrap(1, 1, save, pdf, press, mail, end)),
	))
}

// makeLetter asks for a new code; it needs the hub, and nothing of it is kept
// when there is none.
func (f *file) makeLetter(ask membership.LetterRequest) {
	if f.busy {
		return
	}
	s := f.s
	f.busy = true
	f.draw("")
	s.d.Host.Runner.Go(func() func() {
		l, err := s.d.Review.Letter(context.Background(), ask)
		return func() {
			f.busy = false
			if err == nil {
				s.d.State.letters[ask.Request] = l
			}
			if f.c.ID != ask.Request {
				return
			}
			if err != nil {
				f.letterRefused(err)
			} else {
				f.form = nil
				f.draw("letter save")
				f.focus("letter save")
			}
			s.d.Host.Trace("review letter", "code", string(app.ErrorCode(err)))
			f.load()
			s.queue.load()
		}
	})
}

func (f *file) letterRefused(err error) {
	if f.form == nil {
		f.s.fail(err)
		return
	}
	message, hint := f.s.explain(err)
	f.form.wrong = message + " " + hint
	if app.ErrorCode(err) == app.CodeNoRegisterPEC {
		f.form.askPEC()
	}
	if offline(app.ErrorCode(err)) {
		f.form.wrong = message + " " + f.s.words("review.letter_needs_link")
	}
	f.draw(f.form.first())
}

func (f *file) saveLetter(l membership.Letter) {
	s := f.s
	s.d.PickFolder(s.words("review.letter_folder"), s.d.SaveFolder, func(parent string) {
		f.focus("letter save")
		if parent == "" {
			return
		}
		s.d.Host.Runner.Go(func() func() {
			folder, err := s.d.Files(context.Background(), l, parent)
			return func() {
				if err != nil {
					s.d.Host.Fail(banner, err)
					return
				}
				s.d.Host.Banner(banner, &widgets.BannerSpec{
					Kind: widgets.OK, Title: s.words("review.letter_saved"), Text: folder, Action: s.words("membership.case.open_folder"),
					OnAction: func() { f.reveal(folder) },
				})
				s.d.Host.Trace("review letter saved", "path", folder)
			}
		})
	})
}

// reveal opens a folder with the system's program.
func (f *file) reveal(folder string) {
	host := f.s.d.Host
	host.Runner.Go(func() func() {
		err := host.Open(folder)
		return func() {
			if err != nil {
				host.Fail(banner, err)
			}
		}
	})
}

func (f *file) copyMail(l membership.Letter) {
	subject, body := f.s.d.Mail(l)
	fyne.CurrentApp().Clipboard().SetContent(subject + "\n\n" + body)
	f.s.d.Host.Toast(f.s.words("review.letter_copied"), nil)
}

// attach reads a signed agreement that came by PEC.
func (f *file) attach(path string) {
	if path == "" || f.busy || f.form == nil {
		return
	}
	f.busy = true
	f.draw("")
	s, id := f.s, f.c.ID
	s.d.Host.Runner.Go(func() func() {
		d, err := attachFile(s.d.Review, id, path)
		return func() {
			f.busy = false
			if f.c.ID != id || f.form == nil {
				return
			}
			if err != nil {
				message, hint := s.explain(err)
				f.form.wrong = message + " " + hint
			} else {
				f.form.document, f.form.wrong = &d, ""
			}
			f.draw("submit")
			f.focus("submit")
			s.d.Host.Trace("review agreement chosen", "code", string(app.ErrorCode(err)))
		}
	})
}

func attachFile(r Review, id, path string) (membership.Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return membership.Document{}, app.Fault(app.CodeFile, err, "path", path)
	}
	defer func() { _ = f.Close() }() // it was only read
	return r.AttachAgreement(context.Background(), id, filepath.Base(path), f)
}
