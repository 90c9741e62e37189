package desk

import (
	"testing"
	"time"

	"polis/app"
)

func now() time.Time { return time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) }

func reading(code string, version int64, topics ...string) *app.Reading {
	return &app.Reading{Sheet: app.Sheet{Code: code, Topics: topics}, Shown: "it", Version: version}
}

func TestVisitBecomesAContact(t *testing.T) {
	v := NewVisit(now())
	if !v.Empty() || v.TopicOrFirst() != app.TopicUnspecified {
		t.Fatalf("%+v", v)
	}
	v.Consult(reading("a", 3))
	v.Consult(reading("b", 5, "documenti", "anagrafe"))
	v.HandOut(reading("b", 5, "documenti"), 1)
	v.HandOut(reading("b", 6, "documenti"), 2)
	v.Consult(reading("b", 7, "documenti")) // what was given on paper stays
	v.Outcome, v.UnmetReason = app.OutcomeUnmet, "unclear"
	c := v.contact(now().Add(time.Minute))
	if seen, handed := v.Counts(); seen != 2 || handed != 1 {
		t.Errorf("%d seen, %d handed out", seen, handed)
	}
	want := app.ContactSheet{Code: "b", Version: 6, Language: "it", HandedOut: true, Copies: 3}
	if len(c.Sheets) != 2 || c.Sheets[1] != want || c.Topic != "documenti" || c.UnmetReason != "unclear" || c.Visit != v.ID || c.ID == "" {
		t.Errorf("%+v", c)
	}
	v.Outcome = app.OutcomeResolved
	if c := v.contact(now()); c.UnmetReason != "" {
		t.Error("a reason stayed behind another outcome")
	}
}

func TestAnotherRequestKeepsThePerson(t *testing.T) {
	v := NewVisit(now())
	v.Channel, v.User, v.Note = "phone", "business", "x"
	v.Consult(reading("a", 1))
	n := v.Another(now())
	if n.ID != v.ID || n.Channel != "phone" || n.User != "business" || !n.Empty() || n.Outcome != app.OutcomeResolved {
		t.Errorf("%+v", n)
	}
}

func TestParking(t *testing.T) {
	vs := Visits{Current: NewVisit(now())}
	first := vs.Current
	first.Consult(reading("a", 1))
	for range MaxParked {
		if !vs.Park(now()) {
			t.Fatal("not parked")
		}
		vs.Current.Consult(reading("b", 1))
	}
	if vs.Park(now()) {
		t.Fatal("a fifth visit was parked")
	}
	busy := vs.Current
	if !vs.Return(0) || vs.Current != first || vs.Parked[0] != busy {
		t.Fatal("the visit in progress must take the place of the one that returns")
	}
	vs.Current = NewVisit(now())
	if !vs.Return(3) || len(vs.Parked) != MaxParked-1 {
		t.Fatal("an empty visit needs no place")
	}
	if vs.Return(9) || vs.Return(-1) {
		t.Fatal("no such visit")
	}
}

func TestMissingSheet(t *testing.T) {
	v := NewVisit(now())
	v.Consult(reading("a", 1))
	v.Miss("passaporto per cani")
	if v.Outcome != app.OutcomeUnmet || v.UnmetReason != app.UnmetSheetMissing || v.Note != "passaporto per cani" {
		t.Errorf("%+v", v)
	}
	v.Consult(reading("a", 1)) // it was no answer before
	if v.Outcome != app.OutcomeUnmet {
		t.Error("a sheet of before was taken for an answer")
	}
	v.Consult(reading("b", 1))
	if v.Outcome != app.OutcomeResolved || v.UnmetReason != "" || v.Note != "" {
		t.Errorf("after a sheet was found: %+v", v)
	}
	v.Note = "torna domani"
	v.Miss("passaporto")
	if v.Note != "torna domani" {
		t.Error("the operator's note was lost")
	}
	v.Decide(app.OutcomeUnmet)
	v.Consult(reading("c", 1))
	if v.Outcome != app.OutcomeUnmet || v.Note != "torna domani" {
		t.Error("what the operator decided was undone")
	}
}

func TestEmptyAndUnanswered(t *testing.T) {
	v := NewVisit(now())
	if !v.Empty() || !v.Unanswered() {
		t.Error("a new visit is empty and unanswered")
	}
	v.Decide(app.OutcomeResolved)
	if v.Empty() || v.Unanswered() {
		t.Error("a choice is something")
	}
	n := v.Another(now())
	n.Consult(reading("a", 1))
	if n.Empty() || n.Unanswered() {
		t.Error("a sheet is an answer")
	}
}

// What is stored stays as it was, whatever a printer takes back meanwhile.
func TestCopyOfAVisit(t *testing.T) {
	v := NewVisit(now())
	v.HandOut(reading("a", 3, "documenti"), 1)
	c := v.Copy()
	v.TakeBack(reading("a", 3), 1)
	v.HandOut(reading("b", 3, "tributi"), 1)
	if _, handed := c.Counts(); handed != 1 || len(c.Sheets()) != 1 || len(c.topics) != 1 || c.ID != v.ID {
		t.Errorf("%+v", c)
	}
}
