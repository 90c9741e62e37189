package main

import (
	"bufio"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"polis/app"
)

const (
	lockFile    = "finestra.lock"
	callFile    = "finestra.json"
	callTimeout = 3 * time.Second
)

// instance is the one window of a data folder: it holds the folder's lock
// and answers the call of a second start.
type instance struct {
	lock   *flock.Flock
	listen net.Listener
	file   string
}

// calling says where the first window can be called, and with which word;
// only the folder's owner can read it.
type calling struct {
	Address string `json:"address"`
	Word    string `json:"word"`
}

// claim takes the folder for this window. When another window has it, that
// one is asked to show itself and claim returns nil without error.
func claim(folder string, show func()) (*instance, error) {
	lock := flock.New(filepath.Join(folder, lockFile))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, app.Fault(app.CodeFolder, err, "path", folder)
	}
	if !ok {
		if err := call(filepath.Join(folder, callFile)); err != nil {
			return nil, app.Fault(app.CodeBusy, err, "path", folder)
		}
		return nil, nil
	}
	i := &instance{lock: lock, file: filepath.Join(folder, callFile)}
	if err := i.answer(show); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return i, nil
}

func (i *instance) answer(show func()) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return app.Fault(app.CodeListen, err, "address", "127.0.0.1")
	}
	i.listen = l
	word := rand.Text()
	text, err := json.Marshal(calling{Address: l.Addr().String(), Word: word})
	if err != nil {
		return fmt.Errorf("calling: %w", err)
	}
	if err := os.WriteFile(i.file, text, 0o600); err != nil {
		return errors.Join(app.Fault(app.CodeFile, err, "path", i.file), l.Close())
	}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go greet(conn, word, show)
		}
	}()
	return nil
}

func greet(conn net.Conn, word string, show func()) {
	defer func() { _ = conn.Close() }()
	if conn.SetDeadline(time.Now().Add(callTimeout)) != nil {
		return
	}
	said, err := bufio.NewReader(io.LimitReader(conn, 256)).ReadString('\n')
	if err != nil || subtle.ConstantTimeCompare([]byte(said), []byte(word+"\n")) != 1 {
		return
	}
	show()
	_, _ = io.WriteString(conn, "ok\n") // the caller notices a missing answer itself
}

func call(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var c calling
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("calling: %w", err)
	}
	conn, err := net.DialTimeout("tcp", c.Address, callTimeout)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(callTimeout)); err != nil {
		return err
	}
	if _, err := io.WriteString(conn, c.Word+"\n"); err != nil {
		return err
	}
	if said, err := bufio.NewReader(conn).ReadString('\n'); err != nil || said != "ok\n" {
		return fmt.Errorf("the first window did not answer (%q, %w)", said, err)
	}
	return nil
}

// release gives the folder back.
func (i *instance) release() error {
	return errors.Join(i.listen.Close(), os.Remove(i.file), i.lock.Close())
}
