package region_test

import (
	"fmt"
	"strings"
	"testing"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

const words = `{"type":"synonym","id":"syn-bollo","kind":"everyday","terms":["bollo"],"means":["tassa automobilistica"]}
{"type":"synonym","id":"syn-vigili","terms":["vigili","polizia locale"]}
{"type":"best_bet","id":"bet-1","queries":["ho perso tutto"],"sheets":["demo-0002","demo-0001"]}
`

// Words travel like any other line: import, export, snapshot, feed, digest.
func TestWordsAreLinesLikeOthers(t *testing.T) {
	a, b := newBench(t), newBench(t)
	r := a.load(t, places+sheet(1, "Carta")+words)
	if r.Types[wire.TypeSynonym].New != 2 || r.Types[wire.TypeBestBet].New != 1 || len(r.Warnings) > 0 {
		t.Fatalf("import %+v", r)
	}
	b.load(t, a.export(t, ""))
	first, other := a.publish(t), b.publish(t)
	if first.Digest != other.Digest || first.Counts[wire.TypeSynonym] != 2 || first.Counts[wire.TypeBestBet] != 1 {
		t.Errorf("%+v and %+v", first, other)
	}
	if got := a.export(t, wire.TypeSynonym); !sameLines(got, words[:strings.Index(words, `{"type":"best_bet"`)]) {
		t.Errorf("synonyms: %s", got)
	}
	feed, err := a.Changes(a.ctx, "", 100)
	if err != nil || len(feed.Items) != 8 {
		t.Fatalf("feed %s, %v", feed.Items, err)
	}

	off := `{"type":"synonym","id":"syn-bollo","terms":[]}` + "\n"
	if r := a.load(t, off+`{"type":"best_bet","id":"bet-1","op":"delete"}`); r.Types[wire.TypeSynonym].Changed != 1 || r.Types[wire.TypeBestBet].Deleted != 1 {
		t.Errorf("change %+v", r)
	}
	second := a.publish(t)
	if second.Changed != 1 || second.Deleted != 1 || second.Counts[wire.TypeBestBet] != 0 {
		t.Errorf("second %+v", second)
	}
	page, err := a.Changes(a.ctx, feed.NextCursor, 10)
	if err != nil || len(page.Items) != 2 || page.HasMore {
		t.Fatalf("changes %s, %v", page.Items, err)
	}
	for _, item := range page.Items {
		c, err := wire.ParseWire(item)
		if err != nil || c.Deleted != (c.Type == wire.TypeBestBet) {
			t.Errorf("%s: %+v %v", item, c, err)
		}
	}
	b.load(t, a.export(t, "")+`{"type":"best_bet","id":"bet-1","op":"delete"}`)
	if again := b.publish(t); again.Digest != second.Digest {
		t.Errorf("digests %s, %s", again.Digest, second.Digest)
	}
}

func TestBadWordsAreRefusedAlone(t *testing.T) {
	b := newBench(t)
	var refused []region.Refusal
	text := words + `{"type":"synonym","id":"long","terms":["a","` + strings.Repeat("x", wire.MaxTerm+1) + `"]}` + "\n" +
		`{"type":"best_bet","id":"x","queries":["a"]}` + "\n"
	r, err := b.Import(b.ctx, region.ImportParams{Sources: source(text), Refused: func(x region.Refusal) { refused = append(refused, x) }})
	if err != nil || r.Types[wire.TypeSynonym] != (region.Tally{New: 2, Refused: 1}) || r.Types[wire.TypeBestBet] != (region.Tally{New: 1, Refused: 1}) {
		t.Fatalf("%+v %v", r, err)
	}
	if len(refused) != 2 || refused[0].Line != 4 || !strings.Contains(refused[0].Reason, "100 bytes") || !strings.Contains(refused[1].Reason, "sheets") {
		t.Errorf("%+v", refused)
	}
}

// Many words neither hide a mass deletion of sheets nor are one themselves.
func TestTheBrakeDoesNotWeighWords(t *testing.T) {
	b := newBench(t)
	var all, sheets, synonyms strings.Builder
	for i := range 60 {
		all.WriteString(sheet(i, "x"))
		if i < 25 {
			fmt.Fprintf(&sheets, `{"type":"sheet","id":"demo-%04d","op":"delete"}`+"\n", i)
		}
	}
	for i := range 100 {
		fmt.Fprintf(&all, `{"type":"synonym","id":"syn-%d","terms":["a%d","b%d"]}`+"\n", i, i, i)
		fmt.Fprintf(&synonyms, `{"type":"synonym","id":"syn-%d","op":"delete"}`+"\n", i)
	}
	b.load(t, all.String())
	b.publish(t)
	b.load(t, sheets.String())
	_, err := b.Publish(b.ctx, region.PublishParams{})
	wantCode(t, err, app.CodeBrake)
	if p := app.ErrorParams(err); p["n"] != "25" || p["total"] != "60" {
		t.Errorf("params %v", p)
	}
	b.load(t, all.String()+synonyms.String())
	if r := b.publish(t); r.Deleted != 100 {
		t.Errorf("%+v", r)
	}
}
