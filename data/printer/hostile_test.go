//go:build unix

package printer

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/OpenPrinting/goipp"

	"polis/app"
	"polis/app/printing"
)

// nested is an answer whose collections lie in each other so deep.
func nested(depth int) []byte {
	b := []byte{2, 0, 0, 0, 0, 0, 0, 1, byte(goipp.TagPrinterGroup), byte(goipp.TagBeginCollection), 0, 1, 'a', 0, 0}
	for range depth - 1 {
		b = append(b, byte(goipp.TagMemberName), 0, 0, 0, 1, 'a', byte(goipp.TagBeginCollection), 0, 0, 0, 0)
	}
	for range depth {
		b = append(b, byte(goipp.TagEndCollection), 0, 0, 0, 0)
	}
	return append(b, byte(goipp.TagEnd))
}

// A decoder that calls itself for each collection must not be led so deep
// that the window dies.
func TestNestedAnswer(t *testing.T) {
	for depth, code := range map[int]app.Code{3: "", 200: app.CodePrinterGone} {
		address := odd(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", ippType)
			_, _ = w.Write(nested(depth))
		})
		if _, _, err := network(address).describe(t.Context(), address); app.ErrorCode(fault(err, address, app.CodePrinterGone)) != code {
			t.Errorf("%d deep: %v", depth, err)
		}
	}
}

// Who begins an answer and never ends it is not waited for for ever.
func TestAnswerThatNeverEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer func() { _ = errors.Join(ours.Close(), theirs.Close()) }()
		if _, err := (&patient{ours}).Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%v", err)
		}
	})
}

// When the printer has the document and its answer gets lost, nobody knows
// whether it prints: that is said, and is no refusal.
func TestAnswerIsLost(t *testing.T) {
	for name, answer := range map[string]func(http.ResponseWriter, *http.Request){
		"hangs up":        func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
		"half an answer":  func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{2, 0, 0}) },
		"without a job":   func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte{2, 0, 0, 0, 0, 0, 0, 1, 3}) },
		"not its own way": func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "text/html") },
	} {
		var got atomic.Int32
		address := odd(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", ippType)
			var m goipp.Message
			if err := m.Decode(r.Body); err != nil {
				t.Error(err)
			}
			_, _ = io.Copy(io.Discard, r.Body)
			if goipp.Op(m.Code) == goipp.OpPrintJob {
				got.Add(1)
				answer(w, r)
				return
			}
			if err := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, m.RequestID).Encode(w); err != nil {
				t.Error(err)
			}
		})
		_, err := network(address).Print(t.Context(), address, pages(t, "Forse", 1), printing.Options{})
		if app.ErrorCode(err) != app.CodePrintUnsure || app.ErrorParams(err)["printer"] != address || got.Load() != 1 {
			t.Errorf("%s: %v, sent %d times", name, err, got.Load())
		}
	}
}

// A service that forgets a job as soon as it is cancelled does not make it
// one that came out.
func TestCancelledAndForgotten(t *testing.T) {
	var cancelled atomic.Bool
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", ippType)
		var m goipp.Message
		if err := m.Decode(r.Body); err != nil {
			t.Error(err)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		a := goipp.NewResponse(goipp.DefaultVersion, goipp.StatusOk, m.RequestID)
		switch goipp.Op(m.Code) {
		case goipp.OpCancelJob:
			if cancelled.Swap(true) {
				a.Code = goipp.Code(goipp.StatusErrorNotFound)
			}
		case goipp.OpGetJobAttributes:
			if cancelled.Load() {
				a.Code = goipp.Code(goipp.StatusErrorNotFound)
			}
			a.Job.Add(goipp.MakeAttribute("job-state", goipp.TagEnum, goipp.Integer(jobProcessing)))
		case goipp.OpPrintJob:
			cancelled.Store(false)
			a.Job.Add(goipp.MakeAttribute("job-id", goipp.TagInteger, goipp.Integer(7)))
		}
		if err := a.Encode(w); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(s.Close)
	address := "ipp" + strings.TrimPrefix(s.URL, "http") + "/ipp/print"
	home, etc := t.TempDir(), t.TempDir()
	p := New(Params{Direct: typed(address), Home: home, Etc: etc, Getenv: func(name string) string {
		return map[string]string{"CUPS_SERVER": strings.TrimPrefix(s.URL, "http://")}[name]
	}})
	for _, printer := range []string{address, "sportello"} {
		j := printed(t, p, printer, pages(t, "No", 1), printing.Options{})
		for range 2 { // the second time it is over, and that is no error
			if err := p.Cancel(t.Context(), j); err != nil {
				t.Fatal(err)
			}
			if st, err := p.Status(t.Context(), j); err != nil || st.State != printing.JobCancelled {
				t.Errorf("%s: %+v %v", printer, st, err)
			}
		}
	}
	again := printed(t, p, "sportello", pages(t, "Sì", 1), printing.Options{}) // numbers come again
	cancelled.Store(true)
	if st, err := p.Status(t.Context(), again); err != nil || st.State != printing.JobDone {
		t.Errorf("%+v %v", st, err)
	}
}

// A printer that takes connections and says nothing has refused nobody.
func TestMutePrinterInTheList(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	p := network("ipp://" + l.Addr().String() + "/ipp/print")
	p.look = time.Millisecond
	if all := list(t, p); len(all) != 1 || !has(all[0].Faults, printing.FaultOffline) {
		t.Errorf("%+v", all)
	}
}
