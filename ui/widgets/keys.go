// Package widgets holds the parts that every screen is made of. They draw
// and call back, nothing more. Each one that can have the focus shows a ring
// and hands the keys that it does not use itself to the canvas, where the
// window's one key map listens: in Fyne a focused widget swallows them.
package widgets

import (
	"fyne.io/fyne/v2"
)

// canvasOf returns the canvas of an object, nil when it has none. The toolkit
// knows it from the first frame on that shows the object: keys that come
// before are for what has the focus all the same, and go to its window.
func canvasOf(o fyne.CanvasObject) fyne.Canvas {
	driver := fyne.CurrentApp().Driver()
	if c := driver.CanvasForObject(o); c != nil {
		return c
	}
	f, ok := o.(fyne.Focusable)
	if !ok {
		return nil
	}
	for _, w := range driver.AllWindows() {
		if c := w.Canvas(); c.Focused() == f {
			return c
		}
	}
	return nil
}

// forwardKey hands a key to the window's key map.
func forwardKey(o fyne.CanvasObject, e *fyne.KeyEvent) {
	if c := canvasOf(o); c != nil {
		if f := c.OnTypedKey(); f != nil {
			f(e)
		}
	}
}

// forwardRune hands a character to the window: typing goes to the search.
func forwardRune(o fyne.CanvasObject, r rune) {
	if c := canvasOf(o); c != nil {
		if f := c.OnTypedRune(); f != nil {
			f(r)
		}
	}
}

// forwardShortcut hands a shortcut to the window's key map.
func forwardShortcut(o fyne.CanvasObject, s fyne.Shortcut) {
	if c, ok := canvasOf(o).(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

// isPress reports whether a key presses a button.
func isPress(k fyne.KeyName) bool {
	return k == fyne.KeySpace || k == fyne.KeyReturn || k == fyne.KeyEnter
}
