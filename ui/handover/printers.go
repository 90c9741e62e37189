package handover

import (
	"context"
	"strings"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/printing"
	"polis/ui/widgets"
)

// State says in words how a printer is.
func (h *Hand) State(p *printing.Printer) string {
	var parts []string
	switch {
	case !p.Accepting:
		parts = append(parts, h.words("print.state.refusing"))
	case p.State == printing.Stopped:
		parts = append(parts, h.words("print.state.stopped"))
	case p.State == printing.Printing:
		parts = append(parts, h.words("print.state.printing"))
	case len(p.Stopping()) == 0:
		parts = append(parts, h.words("print.state.idle"))
	}
	if faults := h.Faults(p.Faults); faults != "" {
		parts = append(parts, faults)
	}
	if p.Waiting > 0 {
		parts = append(parts, h.p.Host().Words.Count("print.waiting", p.Waiting))
	}
	return strings.Join(parts, " · ")
}

// Troubled reports whether nothing comes out of a printer until somebody
// looks after it.
func Troubled(p *printing.Printer) bool {
	return len(p.Stopping()) > 0 || p.State == printing.Stopped || !p.Accepting
}

// addPrinter is the dialog that takes the address of a printer; it stays
// until the address can be one.
type addPrinter struct {
	h      *Hand
	entry  *widgets.Entry
	note   *fyne.Container
	dialog *widgets.Dialog
	added  func(id string)
	busy   bool
	done   bool
}

// AddPrinter asks for the address of a printer on the network and has the
// workstation know it. Added is told how the printer is called from then on;
// it is not told when the operator thinks better of it. Without a press
// nothing is asked.
func (h *Hand) AddPrinter(added func(id string)) {
	if h.p.Press == nil {
		return
	}
	a := &addPrinter{h: h, entry: widgets.NewEntry(h.words("print.add_hint"), nil), note: widgets.Stack(0.5), added: added}
	body := widgets.Stack(2.5,
		widgets.NewWrapped(widgets.Body, h.words("print.add_text")),
		widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, h.words("print.add_field")), a.entry.Boxed(),
			widgets.NewWrapped(widgets.Secondary, h.words("print.add_help"))),
		a.note)
	a.dialog = widgets.ShowDialog(h.p.Host().Canvas(), widgets.DialogSpec{
		Title: h.words("print.add_title"), Body: body, Accept: h.words("print.add_do"), Cancel: h.words("print.not_now"),
		First: a.entry, Width: 500, OnAccept: a.accept,
	})
}

func (a *addPrinter) accept() bool {
	typed := strings.TrimSpace(a.entry.Text)
	switch {
	case a.done || a.busy:
		return a.done
	case typed == "":
		a.say(widgets.Wrong, "print.add_missing")
		return false
	}
	a.busy = true
	a.say(widgets.Secondary, "print.add_looking")
	a.h.background(func(ctx context.Context) func() {
		id, err := a.h.p.Press.Add(ctx, typed)
		var all []printing.Printer
		if err == nil {
			all, _, _, err = a.h.p.Press.Printers(ctx)
		}
		return func() { a.told(id, all, err) }
	})
	return false
}

func (a *addPrinter) told(id string, all []printing.Printer, err error) {
	h := a.h
	a.busy = false
	if id == "" {
		h.p.Host().Log.Warn("printer address", "error", err)
		if app.ErrorCode(err) == app.CodeInvalid {
			a.say(widgets.Wrong, "print.add_wrong")
			return
		}
		message, hint := h.p.Host().Words.Error(err)
		a.put(widgets.NewWrapped(widgets.Wrong, message), widgets.NewWrapped(widgets.Secondary, hint))
		return
	}
	a.done = true
	a.dialog.Accept()
	h.tellAdded(id, all)
	a.added(id)
}

// tellAdded says that a printer is known from now on, and how it is.
func (h *Hand) tellAdded(id string, all []printing.Printer) {
	h.p.Host().Trace("printer added", "printer", id)
	for i := range all {
		if p := &all[i]; p.ID == id {
			if Troubled(p) {
				h.p.Host().Notice(h.words("print.added_but", "printer", name(all, id), "state", h.State(p)))
				return
			}
		}
	}
	h.p.Host().Toast(h.words("print.added", "printer", name(all, id)), nil)
}

func (a *addPrinter) say(role widgets.Role, key string) {
	a.put(widgets.NewWrapped(role, a.h.words(key)))
}

func (a *addPrinter) put(objects ...fyne.CanvasObject) {
	a.note.Objects = objects
	a.note.Refresh()
	a.dialog.Refresh()
}
