package trial

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

// Screen is what a virtual display shows, read from the display's own
// memory: it can be looked at many times in the time of one frame.
type Screen struct {
	tb      testing.TB
	Display string
	file    *os.File
	pixels  int64 // where they begin
	line    int   // bytes of a line
	buf     []byte
}

const (
	bytesPerPixel = 4
	headerFields  = 25 // of an X window dump
)

// OpenScreen starts a virtual display as Display does, with its memory in a
// file.
func OpenScreen(tb testing.TB) *Screen {
	tb.Helper()
	folder := tb.TempDir()
	s := &Screen{tb: tb, Display: display(tb, "-fbdir", folder)}
	var err error
	if s.file, err = os.Open(filepath.Join(folder, "Xvfb_screen0")); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = s.file.Close() })
	var header [headerFields]uint32
	if err := binary.Read(s.file, binary.BigEndian, &header); err != nil {
		tb.Fatal(err)
	}
	const size, bits, line, colours, colourBytes = 0, 11, 12, 19, 12
	if header[bits] != 8*bytesPerPixel {
		tb.Fatalf("the display has %d bits a pixel", header[bits])
	}
	s.pixels, s.line = int64(header[size])+int64(header[colours])*colourBytes, int(header[line])
	return s
}

// Look returns a sum of the pixels in a part of the screen: another sum is
// another picture.
func (s *Screen) Look(r image.Rectangle) uint32 {
	s.tb.Helper()
	n := r.Dy() * s.line
	if len(s.buf) < n {
		s.buf = make([]byte, n)
	}
	if _, err := s.file.ReadAt(s.buf[:n], s.pixels+int64(r.Min.Y*s.line)); err != nil {
		s.tb.Fatal(err)
	}
	sum := uint32(0)
	for y := range r.Dy() {
		at := y * s.line
		sum = crc32.Update(sum, crc32.IEEETable, s.buf[at+r.Min.X*bytesPerPixel:at+r.Max.X*bytesPerPixel])
	}
	return sum
}

// Origin returns where the window of the program stands.
func (s *Screen) Origin() image.Point {
	s.tb.Helper()
	cmd := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^POLIS", "getwindowgeometry", "--shell")
	cmd.Env = append(os.Environ(), "DISPLAY="+s.Display)
	out, err := cmd.Output()
	if err != nil {
		s.tb.Fatal(err)
	}
	m := regexp.MustCompile(`X=(-?\d+)\nY=(-?\d+)`).FindSubmatch(out)
	if m == nil {
		s.tb.Fatalf("no window: %s", out)
	}
	x, errX := strconv.Atoi(string(m[1]))
	y, errY := strconv.Atoi(string(m[2]))
	if errX != nil || errY != nil {
		s.tb.Fatalf("no window: %s", out)
	}
	return image.Pt(x, y)
}

// Keyboard returns a function that presses a key at once: the tool runs
// already and reads its orders.
func (s *Screen) Keyboard() func(key string) {
	s.tb.Helper()
	cmd := exec.Command("xdotool", "-")
	cmd.Env = append(os.Environ(), "DISPLAY="+s.Display)
	in, err := cmd.StdinPipe()
	if err != nil {
		s.tb.Fatal(err)
	}
	start(s.tb, cmd)
	return func(key string) {
		s.tb.Helper()
		if _, err := io.WriteString(in, fmt.Sprintf("key --delay 0 %s\n", key)); err != nil {
			s.tb.Fatal(err)
		}
	}
}
