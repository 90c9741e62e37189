package main

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// quiet are the flags under which Chromium does nothing but print; it gets
// no sandbox, as containers give it none.
func quiet(profile string) []string {
	return []string{
		"--headless", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
		"--no-first-run", "--disable-sync", "--disable-default-apps", "--metrics-recording-only", "--user-data-dir=" + profile,
	}
}

// devtools speaks with a Chromium that stays, over its debugging pipe.
type devtools struct {
	to      *os.File
	from    *bufio.Reader
	session string
	id      int
}

type message struct {
	ID        int             `json:"id,omitempty"`
	SessionID string          `json:"sessionId,omitempty"`
	Method    string          `json:"method,omitempty"`
	Params    map[string]any  `json:"params,omitempty"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     json.RawMessage `json:"error,omitempty"`
}

// chromiumWarm prints every sheet in one browser, twice; the second round
// counts.
func (b *bench) chromiumWarm() (per cost, err error) {
	toRead, to, err := os.Pipe()
	if err != nil {
		return cost{}, err
	}
	from, fromWrite, err := os.Pipe()
	if err != nil {
		return cost{}, err
	}
	cmd := exec.Command("chromium", append(quiet(filepath.Join(b.folder, "chromium")), "--remote-debugging-pipe")...)
	cmd.ExtraFiles = []*os.File{toRead, fromWrite}
	if err := cmd.Start(); err != nil {
		return cost{}, err
	}
	toRead.Close()
	fromWrite.Close()
	d := &devtools{to: to, from: bufio.NewReaderSize(from, 1<<20)}
	defer func() {
		_, closing := d.call("Browser.close", nil)
		err = errors.Join(err, closing, cmd.Wait(), to.Close(), from.Close())
	}()
	if err := d.open(); err != nil {
		return cost{}, err
	}
	for range 2 {
		start, before := time.Now(), used(descendants(strconv.Itoa(cmd.Process.Pid)))
		for i := range b.docs {
			if err := d.print("file://" + b.html(i)); err != nil {
				return cost{}, err
			}
		}
		n := float64(len(b.docs))
		per = cost{milliseconds(time.Since(start)) / n, (used(descendants(strconv.Itoa(cmd.Process.Pid))) - before) / n}
	}
	return per, nil
}

func (d *devtools) open() error {
	var target struct{ TargetID string }
	if err := d.ask("Target.createTarget", map[string]any{"url": "about:blank"}, &target); err != nil {
		return err
	}
	var attached struct{ SessionID string }
	if err := d.ask("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}, &attached); err != nil {
		return err
	}
	d.session = attached.SessionID
	return d.ask("Page.enable", nil, nil)
}

func (d *devtools) print(url string) error {
	if err := d.ask("Page.navigate", map[string]any{"url": url}, nil); err != nil {
		return err
	}
	for {
		m, err := d.next()
		if err != nil {
			return err
		}
		if m.Method == "Page.loadEventFired" {
			break
		}
	}
	var printed struct{ Data string }
	if err := d.ask("Page.printToPDF", map[string]any{"preferCSSPageSize": true, "printBackground": true}, &printed); err != nil {
		return err
	}
	file, err := base64.StdEncoding.DecodeString(printed.Data)
	if err == nil && len(file) < 1000 {
		err = errors.New("no page was printed")
	}
	return err
}

func (d *devtools) ask(method string, params map[string]any, answer any) error {
	m, err := d.call(method, params)
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(m.Result, answer)
}

// call sends a command and waits for its answer; what is told meanwhile is
// for nobody.
func (d *devtools) call(method string, params map[string]any) (message, error) {
	d.id++
	session := d.session
	if method == "Browser.close" {
		session = ""
	}
	text, err := json.Marshal(message{ID: d.id, SessionID: session, Method: method, Params: params})
	if err != nil {
		return message{}, err
	}
	if _, err := d.to.Write(append(text, 0)); err != nil {
		return message{}, err
	}
	for {
		m, err := d.next()
		if err != nil {
			return message{}, err
		}
		if m.ID == d.id {
			if m.Error != nil {
				return m, fmt.Errorf("%s: %s", method, m.Error)
			}
			return m, nil
		}
	}
}

func (d *devtools) next() (message, error) {
	text, err := d.from.ReadBytes(0)
	if err != nil {
		return message{}, err
	}
	var m message
	return m, json.Unmarshal(text[:len(text)-1], &m)
}
