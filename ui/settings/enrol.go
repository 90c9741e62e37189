package settings

import (
	"strings"

	"fyne.io/fyne/v2"

	"polis/app"
	"polis/app/exchange"
	"polis/ui/widgets"
)

// mayEnrolAgain reports whether the hub knows this workstation no more: only
// then a new code is of use.
func mayEnrolAgain(now *exchange.Status) bool {
	switch app.Code(now.Problem) {
	case app.CodeDeviceRevoked, app.CodeDeviceExpired, app.CodeUnauthorized, app.CodeMembershipEnded:
		return now.Enrolled && !now.Running
	}
	return false
}

// enrolAgain is the dialog that takes a new activation code; it stays until
// the code was accepted.
type enrolAgain struct {
	s      *Screen
	entry  *widgets.Entry
	note   *fyne.Container
	dialog *widgets.Dialog
	busy   bool
	done   bool
}

func (s *Screen) askCode() {
	a := &enrolAgain{s: s, entry: widgets.NewEntry("", nil), note: widgets.Stack(0.5)}
	body := widgets.Stack(2.5,
		widgets.NewWrapped(widgets.Body, s.words("settings.enrol_text")),
		widgets.Stack(0.25, widgets.NewWrapped(widgets.Strong, s.words("doors.form.code")), a.entry.Boxed(),
			widgets.NewWrapped(widgets.Secondary, s.words("doors.form.code_help"))),
		a.note)
	a.dialog = widgets.ShowDialog(s.d.Host.Canvas(), widgets.DialogSpec{
		Title: s.words("settings.enrol"), Body: body, Accept: s.words("doors.form.submit"), Cancel: s.words("doors.cancel"),
		First: a.entry, Width: 500, OnAccept: a.accept, OnClosed: func() { s.focus(s.order()[0]) },
	})
}

func (a *enrolAgain) accept() bool {
	code := strings.TrimSpace(a.entry.Text)
	switch {
	case a.done || a.busy:
		return a.done
	case code == "":
		a.say(widgets.NewWrapped(widgets.Wrong, a.s.words("doors.form.code_missing")))
		return false
	}
	a.busy = true
	a.say(widgets.NewWrapped(widgets.Secondary, a.s.words("doors.form.working")))
	host := a.s.d.Host
	host.Runner.Go(func() func() {
		err := a.s.d.Exchange.EnrolAgain(code)
		return func() { a.told(err) }
	})
	return false
}

func (a *enrolAgain) told(err error) {
	host := a.s.d.Host
	a.busy = false
	if err != nil {
		host.Log.Error("shown to the operator", "form", "enrolment", "error", err)
		message, hint := host.Words.Error(err)
		a.say(widgets.NewWrapped(widgets.Wrong, message), widgets.NewWrapped(widgets.Secondary, hint))
		host.Trace("enrolment failed", "code", string(app.ErrorCode(err)))
		return
	}
	a.done = true
	a.dialog.Accept()
	host.Toast(a.s.words("settings.enrolled"), nil)
	host.Trace("enrolled again")
	a.s.Update()
}

func (a *enrolAgain) say(objects ...fyne.CanvasObject) {
	a.note.Objects = objects
	a.note.Refresh()
	a.dialog.Refresh()
}
