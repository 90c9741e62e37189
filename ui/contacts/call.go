package contacts

import (
	"context"

	"fyne.io/fyne/v2"
	fynetheme "fyne.io/fyne/v2/theme"

	"polis/app/contacts"
	"polis/ui/screen"
	"polis/ui/widgets"
)

// call is the button that says that a promised call was made. It cannot be
// taken back, so it is pressed twice; in between it says so.
type call struct {
	d      *detail
	button *widgets.Button
	ask    *widgets.Text // what the second press means
	lane   *screen.Lane
	id     string // of the contact that the button is for
	sure   bool   // it was pressed once
}

func newCall(d *detail) *call {
	c := &call{d: d, lane: screen.NewLane(d.s.d.Host.Runner)}
	c.button = widgets.NewButton(widgets.ButtonSpec{
		Label: d.s.words("contacts.call.done"), Key: screen.KeyLabel(screen.ActionCalled, d.s.words), Icon: fynetheme.ConfirmIcon(),
		OnPress: c.press,
	})
	c.ask = widgets.NewWrapped(widgets.Late, d.s.words("contacts.call.ask"))
	c.button.Hide()
	c.ask.Hide()
	return c
}

// tell makes the button that of a contact, or hides it where there is nobody
// to call.
func (c *call) tell(e *contacts.Entry) {
	wanted := e != nil && e.ToCall() && c.d.s.d.CallMade != nil
	if !wanted && c.d.s.d.Host.Canvas().Focused() == fyne.Focusable(c.button) {
		c.d.s.d.Host.Canvas().Focus(c.d.s.rows) // keys that a hidden button gets are lost
	}
	if e == nil || e.ID != c.id {
		c.setSure(false)
	}
	c.id = ""
	if wanted {
		c.id = e.ID
	}
	widgets.SetVisible(c.button, wanted)
}

func (c *call) setSure(sure bool) {
	c.sure = sure
	label := "contacts.call.done"
	if sure {
		label = "contacts.call.sure"
	}
	c.button.SetLabel(c.d.s.words(label))
	widgets.SetVisible(c.ask, sure)
}

// press asks at first, and notes the call when it is pressed again.
func (c *call) press() {
	s, id := c.d.s, c.id
	if id == "" {
		return
	}
	if !c.sure {
		c.setSure(true)
		c.d.reader.Relayout()
		s.d.Host.Trace("call asked")
		return
	}
	c.setSure(false)
	c.lane.Go(func(ctx context.Context) func() {
		err := s.d.CallMade(ctx, id)
		return func() {
			if err != nil {
				s.d.Host.Fail("contacts", err)
				return
			}
			s.d.Host.Toast(s.words("contacts.call.noted"), nil)
			s.d.Host.Trace("call noted")
			s.load(false)
		}
	})
}
