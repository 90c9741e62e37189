//go:build linux

package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

const startTimeout = time.Minute

// Server is a PostgreSQL with a folder of its own, listening at a free
// loopback port. Only who knows its password gets in.
type Server struct {
	bin, folder, password string
	port                  int
	owner                 *syscall.Credential
	stopped               chan error // of the running process
	process               *os.Process
}

// New makes a cluster and starts it; Close removes it.
func New() (*Server, error) {
	bin, err := find()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin, password: rand.Text()}
	if s.owner, err = owner(); err != nil {
		return nil, err
	}
	if s.folder, err = s.newFolder(); err != nil {
		return nil, err
	}
	err = s.initialise()
	for range 3 {
		if err != nil {
			break
		}
		if err = s.freePort(); err == nil {
			if err = s.Start(); err == nil {
				return s, s.newShared()
			}
		}
	}
	return nil, errors.Join(err, os.RemoveAll(s.folder))
}

// find returns the folder of the newest installed programs.
func find() (string, error) {
	var places []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return "", err
		}
		places = append(places, found...)
	}
	slices.Reverse(places) // the newest first
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		places = append(places, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		places = append(places, filepath.Dir(path))
	}
	for _, p := range places {
		if info, err := os.Stat(filepath.Join(p, "initdb")); err == nil && info.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", errors.New("no initdb of PostgreSQL (Debian: apt-get install postgresql)")
}

// owner is who the server runs as: PostgreSQL refuses root.
func owner() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // as whoever runs the tests
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root needs a user that PostgreSQL may run as: %w", err)
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, err
}

func (s *Server) newFolder() (string, error) {
	parent := os.TempDir()
	if s.owner != nil && !open(parent) {
		parent = "/var/tmp"
	}
	folder, err := os.MkdirTemp(parent, "polis-pg-")
	if err == nil && s.owner != nil {
		err = os.Chown(folder, int(s.owner.Uid), int(s.owner.Gid))
	}
	return folder, err
}

// open tells whether another user may pass through a folder.
func open(path string) bool {
	for {
		info, err := os.Stat(path)
		if err != nil || info.Mode()&0o001 == 0 {
			return false
		}
		parent := filepath.Dir(path)
		if parent == path {
			return true
		}
		path = parent
	}
}

func (s *Server) data() string { return filepath.Join(s.folder, "data") }

func (s *Server) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, name), args...) // #nosec G204 -- found by find
	cmd.Dir = s.folder
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	// The server ends with the tests, however these end.
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.owner, Pdeathsig: syscall.SIGQUIT}
	return cmd
}

func (s *Server) initialise() error {
	secret := filepath.Join(s.folder, "password")
	if err := os.WriteFile(secret, []byte(s.password+"\n"), 0o600); err != nil {
		return err
	}
	if s.owner != nil {
		if err := os.Chown(secret, int(s.owner.Uid), int(s.owner.Gid)); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	// No sync of an empty cluster; the server itself flushes as usual.
	out, err := s.command(ctx, "initdb", "--no-sync", "-D", s.data(), "-U", "tests", "-E", "UTF8", "--auth", "scram-sha-256", "--pwfile", secret).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) freePort() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	address, ok := l.Addr().(*net.TCPAddr)
	if !ok {
		return errors.New("not a TCP address")
	}
	s.port = address.Port
	return l.Close()
}

// Start starts the server and waits until it answers.
func (s *Server) Start() error {
	started := make(chan error, 1)
	s.stopped = make(chan error, 1)
	var log bytes.Buffer
	go func() {
		// Pdeathsig comes when the thread ends that started the process.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		cmd := s.command(context.Background(), "postgres", "-D", s.data(), "-p", strconv.Itoa(s.port), "-k", s.folder,
			"-c", "listen_addresses=127.0.0.1", "-c", "fsync=on", "-c", "max_connections=100", "-c", "log_min_messages=warning")
		cmd.Stdout, cmd.Stderr = &log, &log
		if err := cmd.Start(); err != nil {
			started <- err
			return
		}
		s.process = cmd.Process
		started <- nil
		s.stopped <- cmd.Wait()
	}()
	if err := <-started; err != nil {
		return err
	}
	deadline := time.Now().Add(startTimeout)
	for {
		err := execute(s.Address("postgres"), "SELECT 1")
		if err == nil {
			return nil
		}
		select {
		case gone := <-s.stopped:
			s.process = nil
			return fmt.Errorf("postgres: %w\n%s", errors.Join(gone, err), log.String())
		case <-time.After(30 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return errors.Join(err, s.Crash())
		}
	}
}

// Crash ends the server at once, as a failing machine would.
func (s *Server) Crash() error { return s.end(syscall.SIGQUIT) }

func (s *Server) end(signal os.Signal) error {
	if s.process == nil {
		return nil
	}
	if err := s.process.Signal(signal); err != nil {
		return err
	}
	err := <-s.stopped
	s.process = nil
	var exit *exec.ExitError
	if errors.As(err, &exit) { // as it was told to
		return nil
	}
	return err
}

// Close stops the server and removes its folder.
func (s *Server) Close() error { return errors.Join(s.end(os.Interrupt), os.RemoveAll(s.folder)) }

// Address is how a database is reached.
func (s *Server) Address(database string) string {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("tests", s.password), Host: "127.0.0.1:" + strconv.Itoa(s.port), Path: "/" + database}
	return u.String()
}

func execute(address string, statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		return err
	}
	for _, text := range statements {
		if _, xerr := conn.Exec(ctx, text); xerr != nil {
			err = xerr
			break
		}
	}
	return errors.Join(err, conn.Close(ctx))
}

// NewDatabase makes an empty database and returns its address.
func (s *Server) NewDatabase() (address string, err error) { return newDatabase(s.Address(shared)) }

// shared is the database that all tests of a server share: what each takes
// for its own is a schema of it, which costs nothing to make. It sorts by the
// rules of a language: what the hub sorts must not depend on them.
const shared = "tests"

func (s *Server) newShared() error {
	return execute(s.Address("postgres"), `CREATE DATABASE `+shared+` TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'it' LOCALE 'C'`)
}

func newDatabase(server string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	name := "t" + strings.ToLower(rand.Text())
	u.RawQuery = url.Values{"search_path": {name}}.Encode()
	return u.String(), execute(server, `CREATE SCHEMA `+name)
}
