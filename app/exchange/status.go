package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"polis/app"
	"polis/data/wire"
)

// Status is the answer of `polisctl status --json` and the rail's truth.
type Status struct {
	Authority        string     `json:"authority"`
	Office           string     `json:"office"`
	Hub              string     `json:"hub"`
	Enrolled         bool       `json:"enrolled"`
	Sheets           int        `json:"sheets"`
	CatalogueVersion int64      `json:"catalogue_version"`
	CatalogueDigest  string     `json:"catalogue_digest"`
	LastSync         *time.Time `json:"last_sync"`
	Waiting          int        `json:"waiting"`
	Quarantined      int        `json:"quarantined"`
	Problem          string     `json:"problem"` // an error code, "" when all is well

	Paused        bool       `json:"paused"`                 // no background rounds
	Link          string     `json:"link"`                   // LinkNormal or LinkMetered
	NextTry       *time.Time `json:"next_try,omitempty"`     // of the background, while it runs
	Brake         *Brake     `json:"brake,omitempty"`        // somebody must decide
	Expired       bool       `json:"expired"`                // the catalogue was not confirmed for too long
	ExpiresAt     *time.Time `json:"expires_at,omitempty"`   // of the catalogue
	ClockOffsetMS int64      `json:"clock_offset_ms"`        // hub's time less ours
	RenewBy       *time.Time `json:"device_renew,omitempty"` // of the device's key
	MissingBlobs  int        `json:"missing_documents"`      // left out by the budget or the link

	Running  bool     `json:"-"` // a synchronisation is under way
	Progress Progress `json:"-"`
	Fault    error    `json:"-"` // behind Problem, for the sentence
}

// WorkGoesOn tells a problem that the counter can work with, and that mostly
// passes by itself, from one that somebody must look at.
func (s *Status) WorkGoesOn() bool {
	switch app.Code(s.Problem) {
	case app.CodeHubUnreachable, app.CodeHubBusy, app.CodeCatalogueExpired, app.CodeClockWrong:
		return true
	}
	return false
}

// Brake tells of a publication that deletes more than was expected: N of
// Total entities.
type Brake struct {
	N       int    `json:"n"`
	Total   int    `json:"total"`
	Version int64  `json:"version"`
	Epoch   string `json:"epoch"`
}

// Progress of a synchronisation; Total is 0 while it is not known. Stage is
// one of the Stage constants.
type Progress struct {
	Stage       string
	Done, Total int64
}

// Stages of a synchronisation.
const (
	StageConnect   = "connect"
	StageDownload  = "download"
	StageApply     = "apply"
	StageDocuments = "documents"
	StageUpload    = "upload"
)

// Summary says what one synchronisation did. Changed counts sheets,
// Words what only helps the search.
type Summary struct {
	Version   int64 `json:"version"`
	Changed   int   `json:"changed"`
	Words     int   `json:"words"`
	Sheets    int   `json:"sheets"`
	Sent      int   `json:"sent"`
	Refused   int   `json:"refused"`
	Received  int   `json:"received"` // lines of colleagues and of the authority
	Waiting   int   `json:"waiting"`
	Documents int   `json:"documents"`
}

func (s *Summary) tally(kind string, n int) {
	switch {
	case kind == wire.TypeSheet:
		s.Changed += n
	case wire.IsWords(kind):
		s.Words += n
	}
}

// Status tells how things stand.
func (e *Engine) Status(ctx context.Context) (Status, error) {
	d, err := e.p.Outbox.Device(ctx)
	if err != nil {
		return Status{}, err
	}
	s := Status{Authority: d.Authority, Office: d.Office, Hub: d.Hub, Enrolled: d.Enrolled()}
	if !d.RenewBy.IsZero() {
		s.RenewBy = &d.RenewBy
	}
	held, err := e.p.Catalogue.Held(ctx)
	if err != nil {
		return s, err
	}
	s.Sheets, s.CatalogueVersion, s.CatalogueDigest = held.Sheets, held.Version, held.Digest
	if s.Waiting, s.Quarantined, err = e.p.Outbox.Counts(ctx); err != nil {
		return s, err
	}
	if err := e.remembered(ctx, &s); err != nil {
		return s, err
	}
	e.mu.Lock()
	s.Running, s.Progress, s.Fault = e.running, e.progress, e.fault
	s.MissingBlobs = e.missing
	if !e.next.IsZero() && !s.Paused {
		next := e.next
		s.NextTry = &next
	}
	e.mu.Unlock()
	e.judge(&s)
	return s, nil
}

// remembered adds what ufficio.db knows from rounds before, of whatever
// program.
func (e *Engine) remembered(ctx context.Context, s *Status) error {
	settings := map[string]string{}
	for _, key := range []string{settingLastSync, settingPaused, SettingLink, settingBrake, settingOffset} {
		v, err := e.p.Outbox.Setting(ctx, key)
		if err != nil {
			return err
		}
		settings[key] = v
	}
	if t, err := time.Parse(time.RFC3339Nano, settings[settingLastSync]); err == nil {
		s.LastSync = &t
	}
	s.Paused, s.Link = settings[settingPaused] != "", LinkNormal
	if settings[SettingLink] == LinkMetered {
		s.Link = LinkMetered
	}
	if settings[settingBrake] != "" {
		var b Brake
		if err := json.Unmarshal([]byte(settings[settingBrake]), &b); err == nil {
			s.Brake = &b
		}
	}
	if n, err := strconv.ParseInt(settings[settingOffset], 10, 64); err == nil {
		s.ClockOffsetMS = n
	}
	t, err := e.trust(ctx)
	if err != nil {
		return err
	}
	if !t.ExpiresAt.IsZero() && s.CatalogueVersion > 0 {
		s.ExpiresAt = &t.ExpiresAt
		s.Expired = e.p.Clock.Now().Add(time.Duration(s.ClockOffsetMS) * time.Millisecond).After(t.ExpiresAt)
	}
	return nil
}

// judge names the one problem that a person should see: what keeps things
// from moving first, warnings after.
func (e *Engine) judge(s *Status) {
	offset := time.Duration(s.ClockOffsetMS) * time.Millisecond
	switch {
	case s.Fault != nil:
	case e.p.Catalogue.Damaged():
		s.Fault = app.Fault(app.CodeCatalogueDamaged, nil)
	case s.Brake != nil:
		s.Fault = app.Fault(app.CodeBrake, nil, "n", strconv.Itoa(s.Brake.N), "total", strconv.Itoa(s.Brake.Total), "version", strconv.FormatInt(s.Brake.Version, 10))
	case s.Enrolled && s.Sheets == 0:
		s.Problem = string(app.CodeCatalogueEmpty)
		return
	case s.Expired:
		s.Fault = app.Fault(app.CodeCatalogueExpired, nil)
	case offset.Abs() > clockTolerance:
		s.Fault = app.Fault(app.CodeClockWrong, nil, "minutes", strconv.FormatInt(int64(offset.Abs().Round(time.Minute)/time.Minute), 10))
	}
	if s.Fault != nil {
		s.Problem = string(app.ErrorCode(s.Fault))
	}
}

// ClockOffset is the hub's time less this computer's, as measured since the
// program began; 0 while nothing was measured or it is no more than noise.
func (e *Engine) ClockOffset() time.Duration {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.measured || e.offset.Abs() < clockNoise {
		return 0
	}
	return e.offset
}

// AcceptDeletions lets the publication with that version delete what it
// wants to. CodeNotFound when no brake is on for it.
func (e *Engine) AcceptDeletions(ctx context.Context, version int64) error {
	text, err := e.p.Outbox.Setting(ctx, settingBrake)
	if err != nil {
		return err
	}
	var b Brake
	if text == "" || json.Unmarshal([]byte(text), &b) != nil || b.Version != version {
		return app.Fault(app.CodeNotFound, errors.New("no brake on this version"), "what", strconv.FormatInt(version, 10))
	}
	if err := e.p.Outbox.SetSetting(ctx, settingAccepted, b.Epoch+" "+strconv.FormatInt(b.Version, 10)); err != nil {
		return err
	}
	if err := e.audit(ctx, app.AuditBrake, strconv.FormatInt(b.Version, 10)); err != nil {
		return err
	}
	e.SyncNow()
	return nil
}

// audit notes what was done, where somebody keeps notes.
func (e *Engine) audit(ctx context.Context, kind, object string) error {
	if e.p.Audit == nil {
		return nil
	}
	return e.p.Audit(ctx, kind, object)
}
