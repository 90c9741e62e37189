package main

import (
	"fmt"
	"image"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"polis/cmd/trial"
)

// BenchmarkKeyToPixels types into the real window, one key after the other,
// and looks at the display's memory for what it draws. It tells
//
//	echo     from the key to the first changed pixel of the search
//	results  from the key to the last changed pixel of line and results;
//	         keys that change no result do not count
//	burst    from the last of 30 keys typed at once to the last pixel
//
// as p50, p99 and max in milliseconds, key and frame included, on software
// OpenGL. It judges nothing. Run it on a quiet machine:
//
//	go test -run '^$' -bench KeyToPixels -benchtime 3x ./cmd/polis
//
// "real" needs the catalogues that are not part of this repository:
// POLIS_SHARED names their folder.
func BenchmarkKeyToPixels(b *testing.B) {
	b.Run("sample", func(b *testing.B) { typeOn(b, trial.SampleFiles(b)) })
	b.Run("real", func(b *testing.B) { typeOn(b, append(trial.SampleFiles(b), trial.RealFiles(b)...)) })
}

// typist sits before the window.
type typist struct {
	b             *testing.B
	screen        *trial.Screen
	window        *trial.Window
	press         func(key string)
	entry, result image.Rectangle
	typed         string
	echo, shown   []time.Duration
	burst         []time.Duration
}

func typeOn(b *testing.B, files []string) {
	screen := trial.OpenScreen(b)
	folder := filepath.Join(b.TempDir(), "postazione")
	h := trial.NewHub(b, files...)
	enrolAndSync(b, h, folder)
	h.Stop()
	w := trial.OpenWindow(b, trial.BuildRelease(b), screen.Display, folder)
	w.Wait(`^window shown`)
	w.Ready()
	at := screen.Origin()
	t := &typist{
		b: b, screen: screen, window: w, press: screen.Keyboard(),
		entry: image.Rect(190, 12, 640, 52).Add(at), result: image.Rect(178, 58, 650, 676).Add(at),
	}
	for b.Loop() {
		t.type50()
		t.type30AtOnce()
	}
	t.tell("echo", t.echo)
	t.tell("results", t.shown)
	t.tell("burst", t.burst)
}

// type50 types as a hurried operator does: words, typos, corrections.
func (t *typist) type50() {
	for _, word := range []string{"carta identita smarita", "bollo auto", "mensa scuola e", "tari"} {
		for _, r := range word {
			t.key(r)
		}
		t.wipe()
	}
}

// key presses one key and follows what it changes.
func (t *typist) key(r rune) {
	t.typed += string(r)
	echo, last := t.follow(func() { t.press(name(r)) })
	if echo > 0 {
		t.echo = append(t.echo, echo)
	}
	if last > 0 {
		t.shown = append(t.shown, last)
	}
}

// type30AtOnce types faster than anybody can; what counts is from the last
// key on.
func (t *typist) type30AtOnce() {
	text := []rune("certificato di residenza onlin")
	t.typed = string(text)
	end := len(text) - 1
	for _, r := range text[:end] {
		t.press(name(r))
	}
	if _, last := t.follow(func() { t.press(name(text[end])) }); last > 0 {
		t.burst = append(t.burst, last)
	}
	t.wipe()
}

// stillness is how long nothing may move before a picture counts as the last.
const stillness = 60 * time.Millisecond

// follow looks at the screen from what do does until the answer to what is
// typed is there and nothing moves any more. It returns when the search first
// changed and when line or results last did; 0 when they did not.
func (t *typist) follow(do func()) (echo, last time.Duration) {
	entry, result := t.screen.Look(t.entry), t.screen.Look(t.result)
	start := time.Now()
	do()
	answered := time.Duration(-1)
	for {
		now := time.Since(start)
		if echo == 0 && t.screen.Look(t.entry) != entry {
			echo = now
		}
		if sum := t.screen.Look(t.result); sum != result {
			result, last = sum, now
		}
		if answered < 0 && t.window.Seen(fmt.Sprintf("^search shown q=%q ", t.typed)) {
			answered = now
		}
		if answered >= 0 && now > max(answered, last)+stillness {
			return echo, last
		}
		if now > time.Minute {
			t.b.Fatalf("no answer to %q", t.typed)
		}
		time.Sleep(time.Millisecond / 2) // leave the processor to the window
	}
}

func (t *typist) wipe() {
	t.press("ctrl+a")
	t.press("BackSpace")
	t.typed = ""
	t.window.Wait(`^search shown q="" `)
}

func name(r rune) string {
	if r == ' ' {
		return "space"
	}
	return string(r)
}

func (t *typist) tell(what string, times []time.Duration) {
	if len(times) == 0 {
		t.b.Fatalf("no picture changed for %s", what)
	}
	slices.Sort(times)
	ms := func(share float64) float64 {
		return float64(times[int(share*float64(len(times)-1))].Microseconds()) / 1000
	}
	t.b.ReportMetric(ms(.5), what+"-p50-ms")
	t.b.ReportMetric(ms(.99), what+"-p99-ms")
	t.b.ReportMetric(ms(1), what+"-max-ms")
	t.b.Logf("%s: %d times, p50 %.1f ms, p99 %.1f ms, max %.1f ms", what, len(times), ms(.5), ms(.99), ms(1))
}
