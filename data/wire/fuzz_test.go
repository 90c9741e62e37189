package wire

import (
	"encoding/json"
	"testing"
)

// What the private way down brings is read or refused, and what was read is
// the same when it travels again.
func FuzzParsePrivate(f *testing.F) {
	f.Add([]byte(`{"type":"contact","id":"c","version":3,"recorded_at":"2026-11-27T09:00:00Z"}`))
	f.Add([]byte(`{"type":"follow_up","id":"f","contact":"c","version":4,"recorded_at":"2026-11-27T09:00:00Z"}`))
	f.Add([]byte(`{"type":"operator","id":"o","op":"delete","version":5}`))
	f.Add([]byte(`{"type":"operator","id":"o","role":"operatore","version":6}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c, err := ParsePrivate(raw)
		if err != nil {
			return
		}
		line, err := c.AppendWire(nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePrivate(line)
		if err != nil || again.ID != c.ID || again.Version != c.Version || again.Hash != c.Hash || again.Deleted != c.Deleted {
			t.Fatalf("%q -> %q: %+v (%v)", raw, line, again, err)
		}
	})
}

// A batch's answer is read or refused; nobody is acked by what is not there.
func FuzzBatchAnswer(f *testing.F) {
	f.Add([]byte(`{"items":[{"type":"contact","id":"i","sha256":"x","verdict":"created"}]}`))
	f.Add([]byte(`{"items":[{"verdict":"rejected","problem":{"code":"invalid"}}]}`))
	f.Add([]byte(`<html>Accedi</html>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var a BatchAnswer
		if json.Unmarshal(raw, &a) != nil {
			return
		}
		text, err := Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again BatchAnswer
		if err := json.Unmarshal(text, &again); err != nil || len(again.Items) != len(a.Items) {
			t.Fatalf("%q -> %q (%v)", raw, text, err)
		}
	})
}
