package network

import (
	"context"
	"encoding/json"
	"time"

	"polis/app"
	"polis/app/membership"
)

// StepKind is what a step completes.
type StepKind string

// Kinds of steps, in their order.
const (
	StepHours   StepKind = "hours"
	StepPhone   StepKind = "phone"
	StepEmail   StepKind = "email"
	StepAddress StepKind = "address"
	StepPlace   StepKind = "place" // on the map
	StepSheet   StepKind = "sheet" // a regional sheet to adapt
)

// Step is one thing to complete.
type Step struct {
	Kind   StepKind
	Office string // its identifier, "" for a sheet
	Sheet  string // its code, "" for an office
	Name   string // of the office or title of the sheet
	Done   bool
}

// FirstSteps is what an authority completes first. New says that it joined
// lately, and nobody has put the list aside.
type FirstSteps struct {
	New        bool
	Joined     bool // the region sent a list
	Steps      []Step
	Done, Left int
	MadeAt     time.Time
}

// Complete reports that nothing is left.
func (f *FirstSteps) Complete() bool { return f.Left == 0 }

// settingDismissed keeps which list of first steps was put aside.
const settingDismissed = "network.first_steps_dismissed"

// FirstSteps lists what the authority completes first: of every office hours
// and how it is reached, then the sheets that the network is asked for most.
// Sheets that have left the catalogue are left out. What was edited here
// counts as done, whether it was sent or not.
func (o *Offices) FirstSteps(ctx context.Context) (FirstSteps, error) {
	var f FirstSteps
	offices, err := o.All(ctx)
	if err != nil {
		return f, err
	}
	for i := range offices {
		f.Steps = append(f.Steps, officeSteps(&offices[i].Office)...)
	}
	list, found, err := o.list(ctx)
	if err != nil {
		return f, err
	}
	if found {
		f.Joined, f.MadeAt = true, list.MadeAt
		sheets, err := o.sheetSteps(ctx, list.Sheets)
		if err != nil {
			return f, err
		}
		f.Steps = append(f.Steps, sheets...)
	}
	for _, s := range f.Steps {
		if s.Done {
			f.Done++
		} else {
			f.Left++
		}
	}
	dismissed, err := o.p.Store.Setting(ctx, settingDismissed)
	f.New = f.Joined && f.Left > 0 && dismissed != stamp(f.MadeAt)
	return f, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// Dismiss puts the list aside: it is proposed no more, and stays to be read.
func (o *Offices) Dismiss(ctx context.Context) error {
	list, found, err := o.list(ctx)
	if err != nil || !found {
		return err
	}
	return o.p.Store.SetSetting(ctx, settingDismissed, stamp(list.MadeAt))
}

// list returns what the private way down brought for the own authority.
func (o *Offices) list(ctx context.Context) (membership.FirstSteps, bool, error) {
	lines, err := o.p.Store.PrivateLines(ctx, membership.TypeFirstSteps)
	if err != nil {
		return membership.FirstSteps{}, false, err
	}
	authority := o.p.Authority(ctx)
	for _, line := range lines {
		var f membership.FirstSteps
		if err := json.Unmarshal(line, &f); err != nil {
			return membership.FirstSteps{}, false, app.Fault(app.CodeHubAnswer, err, "hub", "")
		}
		if f.ID == authority {
			return f, true, nil
		}
	}
	return membership.FirstSteps{}, false, nil
}

func officeSteps(one *app.Office) []Step {
	a := one.Address
	if a == nil {
		a = &app.Address{}
	}
	done := []struct {
		kind StepKind
		done bool
	}{
		{StepHours, len(one.OpeningHours) > 0},
		{StepPhone, one.Phone != ""},
		{StepEmail, one.Email != ""},
		{StepAddress, a.Street != "" && a.PostalCode != "" && a.Municipality != ""},
		{StepPlace, a.Lat != nil && a.Lon != nil},
	}
	steps := make([]Step, 0, len(done))
	for _, d := range done {
		steps = append(steps, Step{Kind: d.kind, Office: one.ID, Name: one.Name, Done: d.done})
	}
	return steps
}

func (o *Offices) sheetSteps(ctx context.Context, codes []string) ([]Step, error) {
	codes = codes[:min(len(codes), membership.MostRequested)]
	readings, err := o.p.Catalogue.Readings(ctx, codes)
	if err != nil {
		return nil, err
	}
	adapted, err := o.p.Catalogue.Adapted(ctx, o.p.Authority(ctx), codes)
	if err != nil {
		return nil, err
	}
	steps := make([]Step, 0, len(readings))
	for i := range readings {
		r := &readings[i]
		steps = append(steps, Step{Kind: StepSheet, Sheet: r.Code, Name: r.Title, Done: adapted[r.Code]})
	}
	return steps, nil
}
