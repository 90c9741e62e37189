package printing_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"

	"polis/app"
	"polis/app/page"
	"polis/app/printing"
)

// mute printers never answer a question.
type mute struct{ printers }

func (*mute) List(ctx context.Context) ([]printing.Printer, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (*mute) Status(ctx context.Context, _ printing.Job) (printing.JobStatus, error) {
	<-ctx.Done()
	return printing.JobStatus{}, ctx.Err()
}

func (*mute) Cancel(ctx context.Context, _ printing.Job) error {
	<-ctx.Done()
	return ctx.Err()
}

// Who never answers a question is told as such; whoever asked goes on.
func TestMutePrintSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := printing.New(printing.Params{Printers: &mute{}, Settings: &settings{}})
		if err != nil {
			t.Fatal(err)
		}
		_, _, _, listed := p.Printers(t.Context())
		_, asked := p.Status(t.Context(), printing.Job{})
		_, watched := p.Watch(t.Context(), printing.Job{}, func(printing.JobStatus) {})
		for _, err := range []error{listed, asked, watched, p.Cancel(t.Context(), printing.Job{})} {
			if app.ErrorCode(err) != app.CodePrintSystem {
				t.Errorf("%v", err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, _, err := p.Printers(ctx); !errors.Is(err, context.Canceled) || app.ErrorCode(err) == app.CodePrintSystem {
			t.Errorf("who does not want to know any more: %v", err)
		}
	})
}

// Pages that a paper does not have are never sent, so that a job cannot be
// one of nothing.
func TestRangesBeyondThePaper(t *testing.T) {
	got := &printers{}
	p := press(t, got)
	w := printing.Work{List: &page.DisplayList{Pages: make([]page.Page, 3)}}
	for _, k := range []struct{ asked, want []printing.Range }{
		{[]printing.Range{{From: 2, To: 9}}, []printing.Range{{From: 2, To: 3}}},
		{[]printing.Range{{From: 1, To: 1}, {From: 4, To: 5}}, []printing.Range{{From: 1, To: 1}}},
		{nil, nil},
	} {
		if _, err := p.Print(t.Context(), "a", w, printing.Options{Ranges: k.asked}); err != nil || !slices.Equal(got.got[len(got.got)-1].Ranges, k.want) {
			t.Errorf("%v became %+v, %v", k.asked, got.got, err)
		}
	}
	n := len(got.got)
	if _, err := p.Print(t.Context(), "a", w, printing.Options{Ranges: []printing.Range{{From: 4, To: 5}}}); app.ErrorCode(err) != app.CodeInvalid || len(got.got) != n {
		t.Errorf("no page at all: %v", err)
	}
	if _, err := p.Print(t.Context(), "a", printing.Work{}, printing.Options{Ranges: []printing.Range{{From: 4, To: 5}}}); err != nil {
		t.Errorf("a document whose pages nobody knows: %v", err)
	}
}

// What another version kept does not decide how many copies come out, nor on
// what paper.
func TestChoiceOfAnotherVersion(t *testing.T) {
	kept := &settings{m: map[string]string{"printing.choice": `{"printer":"a","options":{"copies":9,"duplex":"both","paper":"Letter","mono":true}}`}}
	p, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.Remembered(t.Context())
	if o := c.Options; err != nil || c.Printer != "a" || o.Copies != 0 || o.Duplex != "" || o.Paper != "" || !o.Mono {
		t.Errorf("%+v, %v", c, err)
	}
}

// A printer is forgotten by what was typed for it, too.
func TestForgetAsTyped(t *testing.T) {
	kept := &settings{}
	p, err := printing.New(printing.Params{Printers: &printers{}, Settings: kept})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Add(t.Context(), "10.0.0.9"); err != nil {
		t.Fatal(err)
	}
	if err := p.Forget(t.Context(), " 10.0.0.9"); err != nil {
		t.Fatal(err)
	}
	if all, err := printing.Addresses(t.Context(), kept); err != nil || len(all) != 0 {
		t.Errorf("%q, %v", all, err)
	}
}
