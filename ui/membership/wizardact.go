package membership

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/membership"
	"polis/ui/theme"
	"polis/ui/widgets"
)

// actStep asks for the approving act, the aims, and the agreement.
func (w *wizard) actStep() []fyne.CanvasObject {
	words := w.words
	a := &w.r.Act
	return []fyne.CanvasObject{
		w.section(words("wizard.act.title"), words("wizard.act.text"),
			widgets.Beside([]float32{1.4, 1.4}, w.drop("approving_act.kind", "wizard.label.act_kind", &a.Kind, membership.ActKinds(), "membership.act.", nil),
				w.input(fieldSpec{path: "approving_act.organ", label: "wizard.label.organ", help: words("wizard.act.organ_help"), value: &a.Organ})),
			widgets.Beside([]float32{1.4, 1.4}, w.input(fieldSpec{path: "approving_act.number", label: "wizard.label.number", value: &a.Number}),
				w.date("approving_act.date", "wizard.label.date", words("wizard.date_help"), &a.Date))),
		w.aims(),
		w.agreement(),
	}
}

// aims are declared one by one, or all at once.
func (w *wizard) aims() fyne.CanvasObject {
	words := w.words
	box := widgets.Stack(0)
	ticks := map[string]*widgets.Tick{}
	var all *widgets.Tick
	complete := func() bool { return len(w.r.Aims) == len(membership.Aims()) }
	set := func(aim string, on bool) {
		var aims []string
		for _, a := range membership.Aims() { // in their order, whichever was ticked first
			if a != aim && slices.Contains(w.r.Aims, a) || a == aim && on {
				aims = append(aims, a)
			}
		}
		w.r.Aims = aims
	}
	stop := func(path string, t *widgets.Tick) {
		c := &control{path: path, focus: t, say: func(widgets.Kind, string) {}}
		t.OnFocus = func() { w.gains(c) }
		w.add(c)
		box.Add(t)
	}
	all = widgets.NewTick(words("wizard.aims.all"), "", complete(), func(on bool) {
		for _, aim := range membership.Aims() {
			set(aim, on)
			ticks[aim].Set(on)
		}
		w.changed()
	})
	var first fyne.Focusable
	for _, aim := range membership.Aims() {
		t := widgets.NewTick(words("membership.aim."+aim), "", slices.Contains(w.r.Aims, aim), func(on bool) {
			set(aim, on)
			all.Set(complete())
			w.changed()
		})
		if first == nil {
			first = t
		}
		ticks[aim] = t
		stop("aims."+aim, t)
	}
	box.Add(widgets.Line())
	stop("aims.all", all)
	return w.section(words("wizard.aims.title"), words("wizard.aims.text"), w.remark("aims", first), aligned(box))
}

// agreement is prepared here, signed elsewhere, and brought back.
func (w *wizard) agreement() fyne.CanvasObject {
	words := w.words
	signed := w.document(membership.DocumentAgreement)
	prepare := w.button("documents.agreement.prepare", widgets.ButtonSpec{
		Label: words("wizard.agreement.prepare"), Icon: fynetheme.DocumentIcon(), OnPress: func() { w.paper(PaperAgreement, w.s.savePaper) },
	})
	rows := []fyne.CanvasObject{widgets.NewWrapped(widgets.Body, words("wizard.agreement.void"))}
	label := words("wizard.agreement.choose")
	if signed != nil {
		label = words("wizard.agreement.another")
	}
	adder := w.adder(membership.FieldAgreement, label, membership.DocumentAgreement, words("wizard.agreement.document"), []string{".p7m", ".pdf", ".p7s"})
	w.unready = widgets.NewWrapped(widgets.Late, words("wizard.agreement.draft"))
	rows = append(rows, w.unready)
	rows = append(rows, aligned(widgets.Wrap(1, 1, prepare, adder.button)))
	rows = append(rows, adder.rest...)
	if signed != nil {
		rows = append(rows, w.signed(signed))
	}
	rows = append(rows, w.remark(membership.FieldAgreement, adder.focus))
	return w.section(words("wizard.agreement.title"), words("wizard.agreement.text"), rows...)
}

// document returns the document of a kind, nil when there is none.
func (w *wizard) document(kind string) *membership.Document {
	for i := range w.r.Documents {
		if w.r.Documents[i].Kind == kind {
			return &w.r.Documents[i]
		}
	}
	return nil
}

// signed shows the signed agreement: format, signer, whether it is the one
// that was prepared.
func (w *wizard) signed(d *membership.Document) fyne.CanvasObject {
	words := w.words
	k := theme.Current().Tokens()
	sign := d.Signature
	if sign == nil {
		sign = &membership.Signature{}
	}
	signer := sign.Signer
	if signer == "" {
		signer = words("wizard.agreement.no_signer")
	}
	match := widgets.NewWrapped(widgets.Secondary, "")
	w.compare(d, match)
	ways := widgets.Wrap(1, 0.5, w.opens(d), w.removes(d))
	text := widgets.Stack(0.5,
		widgets.NewWrapped(widgets.Strong, d.Name),
		widgets.NewWrapped(widgets.Secondary, w.format(sign.Format)+" · "+w.s.told().Size(d.Size)),
		widgets.NewWrapped(widgets.Body, words("wizard.agreement.signer", "signer", signer)),
		match,
	)
	return widgets.Panel(widgets.Pad(3, 4, 3, 4, widgets.EndsOrUnder(4, text, ways)), widgets.Surface{Fill: k.Quiet, Radius: 6})
}

// format names how a file is signed.
func (w *wizard) format(f string) string {
	switch f {
	case membership.FormatCAdES:
		return w.words("wizard.agreement.p7m")
	case membership.FormatPAdES:
		return w.words("wizard.agreement.pdf")
	}
	return f
}

// compare says whether what was signed is the agreement with the data as they
// are now.
func (w *wizard) compare(d *membership.Document, text *widgets.Text) {
	f, signed := w.current(), *d
	match := MatchUnknown
	w.work(func(ctx context.Context) (err error) {
		match, err = w.s.match(ctx, f, &signed)
		return err
	}, func(err error) {
		if err != nil {
			w.s.d.Host.Log.Error("agreement not compared", "error", err)
		}
		w.s.sayMatch(text, match)
		w.reader.Relayout()
		w.s.d.Host.Trace("agreement compared", "match", string(match))
	})
}

// match says whether a signed file holds the agreement of a request.
func (s *Screen) match(ctx context.Context, f membership.Filed, d *membership.Document) (Match, error) {
	if s.d.Compare == nil {
		return MatchUnknown, nil
	}
	return s.d.Compare(ctx, f, d)
}

// sayMatch says what a comparison found.
func (s *Screen) sayMatch(text *widgets.Text, match Match) {
	role := widgets.Secondary
	switch match {
	case MatchSame:
		role = widgets.Good
	case MatchOther:
		role = widgets.Late
	}
	text.SetRole(role)
	text.Set(s.words("wizard.agreement." + string(match)))
}

// current is the request as it is typed.
func (w *wizard) current() membership.Filed {
	f := w.filed
	f.Request = cloned(w.r)
	return f
}

// paper hands a paper of the request over. The day that stands on it is set
// once, so that the same request makes the same paper.
func (w *wizard) paper(kind PaperKind, hand func(PaperKind, membership.Filed)) {
	if w.r.Dated == "" {
		w.r.Dated = membership.Today(w.now())
		w.saver.soon()
	}
	hand(kind, w.current())
}
