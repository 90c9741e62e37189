package membership

import (
	"context"
	"os"
	"path/filepath"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app"
	"polis/app/membership"
	"polis/ui/screen"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// problemNoNetwork is told of a request that cannot leave because nobody has
// said where to.
const problemNoNetwork = app.CodeNoNetwork

// do runs an act upon the request in the background; its controls rest
// meanwhile. What it returns is shown.
func (c *caseView) do(what string, act func(ctx context.Context) (membership.Filed, error), done string) {
	if c.busy {
		return
	}
	c.busy = true
	c.draw("")
	host := c.s.d.Host
	host.Runner.Go(func() func() { // never dropped: it happens, and must be told
		f, err := act(context.Background())
		return func() {
			c.busy = false
			if err != nil {
				c.draw(c.first())
				message, hint := c.s.explain(err)
				host.Log.Error("shown to the operator", "banner", banner, "error", err)
				host.Banner(banner, &widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint})
				host.Trace("membership act failed", "what", what, "code", string(app.ErrorCode(err)))
				return
			}
			host.Banner(banner, nil)
			c.f, c.signed, c.noting = f, nil, nil
			c.draw(c.first())
			c.focus(c.first())
			host.Toast(c.s.words(done), nil)
			host.Trace("membership act", "what", what, "state", string(f.State()), "waiting", f.Waiting)
		}
	})
}

// canDeliver reports that the region waits for the signed agreement.
func (c *caseView) canDeliver() bool {
	return c.f.State() == membership.Accepted && c.f.Case.Agreement == nil && c.f.Waiting == 0
}

// delivery is how the agreement is signed and delivered.
func (c *caseView) delivery() fyne.CanvasObject {
	if !c.canDeliver() {
		return nil
	}
	s, w := c.s, c.s.words
	out := widgets.Stack(1.5, widgets.NewWrapped(widgets.Section, w("membership.case.sign")))
	if c.signed != nil {
		out.Add(c.chosen())
		return out
	}
	step := func(n, key string) fyne.CanvasObject {
		return widgets.Lead(widgets.NewText(widgets.Section, n), widgets.NewWrapped(widgets.Body, w("membership.case."+key)))
	}
	save := c.button("save agreement", widgets.ButtonSpec{
		Label: w("membership.case.save_agreement"), Icon: fynetheme.DocumentSaveIcon(), OnPress: func() { s.savePaper(PaperAgreement, c.f) },
	})
	out.Objects = append(out.Objects, step("1", "sign_one"), widgets.Pad(0, 0, 0, 6.5, widgets.Below(save)), step("2", "sign_two"), step("3", "sign_three"))
	if d := c.before(); d != nil {
		use := c.button("deliver known", widgets.ButtonSpec{
			Label: w("membership.case.use_known"), Icon: fynetheme.DocumentIcon(), OnPress: func() { c.choose(*d) },
		})
		out.Objects = append(out.Objects, widgets.NewWrapped(widgets.Body, w("membership.case.known")), widgets.Below(use))
	}
	return out
}

// before is the signed agreement that went with the request already, nil when
// none did or the region gave it back.
func (c *caseView) before() *membership.Document {
	if returned(c.f.Case) != nil {
		return nil
	}
	for i := range c.f.Request.Documents {
		if d := &c.f.Request.Documents[i]; d.Kind == membership.DocumentAgreement && d.Signature != nil {
			return d
		}
	}
	return nil
}

// choose shows a signed agreement before it goes, and compares it with the
// one of this request.
func (c *caseView) choose(d membership.Document) {
	c.signed, c.match = &d, ""
	c.draw("deliver")
	s, f := c.s, c.f
	c.work.Go(func(ctx context.Context) func() {
		match, err := s.match(ctx, f, &d)
		return func() {
			if err != nil {
				s.d.Host.Log.Error("agreement not compared", "error", err)
			}
			if c.signed != &d {
				return
			}
			c.match = match
			c.draw(c.focused())
			s.d.Host.Trace("agreement compared", "match", string(match))
		}
	})
}

// chosen shows the file before it goes: who signed it, and that nobody
// verified that.
func (c *caseView) chosen() fyne.CanvasObject {
	s, d := c.s, c.signed
	k := theme.Current().Tokens()
	deliver := c.button("deliver", widgets.ButtonSpec{
		Label: s.words("membership.case.deliver_now"), Icon: fynetheme.MailSendIcon(), Weight: widgets.Primary, OnPress: c.deliver,
	})
	other := c.button("other file", widgets.ButtonSpec{Label: s.words("membership.case.other_file"), OnPress: c.pickAgreement})
	words := widgets.Stack(1, widgets.NewWrapped(widgets.Strong, d.Name), widgets.NewWrapped(widgets.Body, s.told().Signed(d.Signature)))
	if c.match != "" {
		match := widgets.NewWrapped(widgets.Secondary, "")
		s.sayMatch(match, c.match)
		words.Add(match)
	}
	words.Add(widgets.NewWrapped(widgets.Secondary, s.words("membership.case.deliver_text")))
	words.Add(aligned(widgets.Wrap(1, 1, deliver, other)))
	return widgets.Panel(widgets.Pad(3, 4, 3, 4, words), widgets.Surface{Fill: k.Quiet, Stroke: k.Line, Radius: 6})
}

// pickAgreement lets the operator choose the signed file; it is read and
// shown before it goes anywhere.
func (c *caseView) pickAgreement() {
	c.s.d.PickOpen(c.s.words("membership.case.pick_agreement"), []string{".p7m", ".pdf"}, c.attach)
}

func (c *caseView) attach(path string) {
	if path == "" || c.busy {
		return
	}
	c.busy = true
	c.draw("")
	s, id, host := c.s, c.f.Request.ID, c.s.d.Host
	host.Runner.Go(func() func() {
		d, err := attachFile(s.d.Applications, id, s.words("membership.paper.agreement"), path)
		return func() {
			c.busy = false
			if err != nil {
				c.draw("next")
				message, hint := s.explain(err)
				host.Log.Error("shown to the operator", "banner", banner, "error", err)
				host.Banner(banner, &widgets.BannerSpec{Kind: widgets.Bad, Title: message, Text: hint})
				host.Trace("agreement refused", "code", string(app.ErrorCode(err)))
				return
			}
			host.Banner(banner, nil)
			c.choose(d)
			host.Trace("agreement chosen", "signed", d.Signature != nil)
		}
	})
}

// attachFile stores the signed agreement with the request.
func attachFile(a Applications, id, title, path string) (membership.Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return membership.Document{}, app.Fault(app.CodeFile, err, "path", path)
	}
	defer func() { _ = f.Close() }() // it was only read
	return a.Attach(context.Background(), id, membership.DocumentAgreement, title, filepath.Base(path), f)
}

func (c *caseView) deliver() {
	id, d := c.f.Request.ID, *c.signed
	c.do("deliver", func(ctx context.Context) (membership.Filed, error) {
		return c.s.d.Applications.DeliverAgreement(ctx, id, d)
	}, "membership.case.delivered")
}

// papers are what can be printed or kept of a request.
func (c *caseView) papers() fyne.CanvasObject {
	s, w := c.s, c.s.words
	out := widgets.Stack(0.5, widgets.NewWrapped(widgets.Section, w("membership.case.papers")))
	kinds := []PaperKind{PaperRequest, PaperAgreement}
	if c.f.Case != nil && c.f.Case.Number != "" {
		kinds = append(kinds, PaperReceipt)
	}
	for _, kind := range kinds {
		printed := c.button("print "+string(kind), widgets.ButtonSpec{
			Label: w("membership.case.print"), Icon: fynetheme.DocumentPrintIcon(), OnPress: func() { s.print(kind, c.f) },
		})
		save := c.button("save "+string(kind), widgets.ButtonSpec{
			Label: w("membership.case.save"), Icon: fynetheme.DocumentSaveIcon(), OnPress: func() { s.savePaper(kind, c.f) },
		})
		out.Add(widgets.EndsOrUnder(2, widgets.NewWrapped(widgets.Body, w("membership.paper."+string(kind))), widgets.Wrap(0, 0, printed, save)))
	}
	return out
}

// ways are what is rarely needed: other ways to the region, corrections, the
// way out.
func (c *caseView) ways() fyne.CanvasObject {
	s, w, state := c.s, c.s.words, c.f.State()
	out := widgets.Pairs()
	add := func(name, key string, icon fyne.Resource, do func()) {
		b := c.button(name, widgets.ButtonSpec{Label: w("membership.case." + key), Icon: icon, OnPress: do})
		out.Add(widgets.Stack(0.5, widgets.Below(b), widgets.NewWrapped(widgets.Secondary, w("membership.case."+key+"_text"))))
	}
	add("files", "files", fynetheme.FolderOpenIcon(), c.files)
	if state == membership.Sent || c.f.Waiting > 0 {
		add("stick", "stick", fynetheme.StorageIcon(), c.stick)
	}
	if state.Open() || state == membership.Active {
		add("answer", "answer", fynetheme.DownloadIcon(), c.pickAnswer)
	}
	if state == membership.Sent && c.f.Leaving != membership.Withdraw {
		add("correct", "correct", fynetheme.DocumentCreateIcon(), func() { s.openForm(c.f) })
	}
	if slices.Contains(membership.Allowed(state, membership.ByApplicant), membership.Withdraw) && c.f.Leaving != membership.Withdraw {
		add("withdraw", "withdraw", fynetheme.CancelIcon(), c.withdraw)
	}
	k := theme.Current().Tokens()
	return widgets.Panel(widgets.Pad(3, 4, 3, 4, widgets.Stack(2, widgets.NewWrapped(widgets.Section, w("membership.case.ways")), out)), widgets.Surface{Fill: k.Quiet, Radius: 6})
}

// files writes what the body's protocol office needs into a folder.
func (c *caseView) files() {
	s := c.s
	s.d.PickFolder(s.words("membership.case.pick_folder"), s.d.SaveFolder, func(parent string) {
		s.d.Host.Canvas().Focus(nil)
		c.focus("files")
		if parent == "" {
			return
		}
		f := c.f
		if c.signed != nil { // it is the one that goes
			f.Delivering = c.signed
		}
		c.export("files", parent, func(ctx context.Context) (string, error) { return s.d.ProtocolFiles(ctx, f, parent) })
	})
}

// export writes something and tells where it is.
func (c *caseView) export(what, parent string, write func(ctx context.Context) (path string, err error)) {
	host, w := c.s.d.Host, c.s.words
	host.Runner.Go(func() func() {
		path, err := write(context.Background())
		return func() {
			switch {
			case app.ErrorCode(err) == app.CodeNoNetwork || app.ErrorCode(err) == app.CodeUploadKey:
				message, hint := c.s.explain(err)
				host.Banner(banner, &widgets.BannerSpec{
					Kind: widgets.Warn, Title: message, Text: hint, Action: w("membership.list.set_network"), OnAction: c.s.openNetwork,
				})
			case err != nil:
				host.Fail(banner, err)
			default:
				host.Banner(banner, &widgets.BannerSpec{
					Kind: widgets.OK, Title: w("membership.case." + what + "_done"), Text: path,
					Action: w("membership.case.open_folder"), OnAction: func() { c.show(parent, path) },
				})
			}
			host.Trace("membership exported", "what", what, "path", path, "code", string(app.ErrorCode(err)))
		}
	})
}

// show opens the folder in which something was written.
func (c *caseView) show(parent, path string) {
	folder := parent
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		folder = path
	}
	host := c.s.d.Host
	host.Runner.Go(func() func() {
		err := host.Open(folder)
		return func() {
			if err != nil {
				host.Fail(banner, err)
			}
		}
	})
}

// withdraw asks first: it cannot be taken back.
func (c *caseView) withdraw() {
	s, w := c.s, c.s.words
	id := c.f.Request.ID
	reason := widgets.NewEntry("", nil)
	reason.OnEnter = func() { s.d.Host.Canvas().FocusNext() } // Enter in the field is no answer
	body := widgets.Stack(
		2, widgets.NewWrapped(widgets.Body, w("membership.case.withdraw_consequence", "name", s.name(&c.f))),
		widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, w("membership.case.withdraw_reason")), reason.Boxed()),
	)
	widgets.ShowDialog(s.d.Host.Canvas(), widgets.DialogSpec{
		Title: w("membership.case.withdraw_title"), Body: body, Accept: w("membership.case.withdraw_yes"), Cancel: w("membership.case.withdraw_no"),
		Grave: true, Width: 560,
		OnAccept: func() bool {
			why := reason.Text
			c.do("withdraw", func(ctx context.Context) (membership.Filed, error) {
				return s.d.Applications.Withdraw(ctx, id, why)
			}, "membership.case.withdrawn")
			return true
		},
		OnCancel: func() { c.focus("withdraw") },
	})
}

// activate leads to the form for the code.
func (c *caseView) activate() {
	s := c.s
	c.work.Go(func(ctx context.Context) func() {
		n, err := s.d.Applications.Network(ctx)
		return func() {
			if err != nil && app.ErrorCode(err) != app.CodeNoNetwork {
				s.d.Host.Fail(banner, err)
				return
			}
			s.d.Activate(n)
		}
	})
}

// noting are the fields for the number that the body's own office gave.
type noting struct {
	c      *caseView
	number *widgets.Field
	date   *widgets.DateField
}

// note opens the fields.
func (c *caseView) note() {
	s, w := c.s, c.s.words
	n := &noting{c: c}
	grow := c.reader.Relayout
	n.number = widgets.NewField(widgets.FieldSpec{
		Label: w("membership.case.own_number"), Value: c.f.Request.Protocol.Number, OnChange: func(string) { n.number.Fail("") },
		OnEnter: func() { s.d.Host.Canvas().Focus(n.date.Focus()) }, OnGrow: grow,
	})
	n.date = widgets.NewDateField(widgets.DateSpec{
		Label: w("membership.case.own_date"), Help: w("membership.case.own_date_help"), Value: c.f.Request.Protocol.Date, Lang: s.d.Host.Words.Lang(),
		OnChange: func(app.Date) { n.date.Fail("") }, OnEnter: n.save, OnGrow: grow,
	})
	c.noting = n
	c.draw("protocol number")
}

// draw puts the fields into the page; their buttons are new each time.
func (n *noting) draw() fyne.CanvasObject {
	c := n.c
	c.stops = append(c.stops, stop{"protocol number", n.number.Focus()}, stop{"protocol date", n.date.Focus()})
	save := c.button("protocol save", widgets.ButtonSpec{Label: c.s.words("membership.case.own_save"), Icon: fynetheme.ConfirmIcon(), OnPress: n.save})
	cancel := c.button("protocol cancel", widgets.ButtonSpec{
		Label: c.s.words("membership.case.own_cancel"), Weight: widgets.Bare, OnPress: func() { c.Do(screen.ActionSearch) },
	})
	return widgets.Stack(1, n.number, n.date, widgets.Wrap(1, 1, save, cancel))
}

func (n *noting) save() {
	c := n.c
	p := membership.Protocol{Number: n.number.Text(), Date: n.date.Value()}
	if p.Number == "" && p.Date != "" {
		n.number.Fail(c.s.words("membership.case.own_number_missing"))
		c.focus("protocol number")
		return
	}
	if wrong := n.wrong(p); wrong != "" {
		n.date.Fail(wrong)
		c.focus("protocol date")
		return
	}
	id := c.f.Request.ID
	c.do("note", func(ctx context.Context) (membership.Filed, error) {
		if err := c.s.d.Applications.SetProtocol(ctx, id, p); err != nil {
			return membership.Filed{}, err
		}
		return c.s.d.Applications.Get(ctx, id)
	}, "membership.case.own_saved")
}

// wrong says what is wrong with the day, "" for nothing.
func (n *noting) wrong(p membership.Protocol) string {
	s := n.c.s
	if p.Number == "" {
		return ""
	}
	if p.Date == "" {
		return s.words("membership.case.own_date_missing")
	}
	day, ok := p.Date.Time()
	switch {
	case !ok:
		return s.words("membership.check.date_form")
	case day.After(s.d.Clock.Now()):
		return s.words("membership.check.date_future")
	}
	return ""
}
