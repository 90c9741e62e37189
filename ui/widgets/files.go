package widgets

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/dialog"

	"polis/ui/theme"
)

// ShowFileDialog shows the toolkit's dialog for a file under a title, as
// large as there is room for. Esc closes it, which the toolkit's own does
// not; Enter takes the name that is proposed.
func ShowFileDialog(w fyne.Window, d *dialog.FileDialog, title string) {
	c := w.Canvas()
	before, typed := c.OnTypedKey(), c.OnTypedRune()
	d.SetOnClosed(func() {
		c.SetOnTypedKey(before)
		c.SetOnTypedRune(typed)
	})
	c.SetOnTypedRune(nil)
	var name fyne.Focusable // the entry of a file's name
	c.SetOnTypedKey(func(e *fyne.KeyEvent) {
		switch e.Name {
		case fyne.KeyEscape:
			d.Dismiss()
		case fyne.KeyReturn, fyne.KeyEnter:
			if name != nil {
				name.TypedKey(e)
			}
		}
	})
	d.SetTitleText(title)
	d.SetView(dialog.ListView)
	th := theme.Current()
	d.Resize(fyne.NewSize(min(th.Px(860), c.Size().Width*0.86), min(th.Px(560), c.Size().Height*0.86)))
	d.Show()
	name = c.Focused()
	c.Unfocus() // the entry would keep Esc to itself
}
