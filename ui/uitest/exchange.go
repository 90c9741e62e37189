package uitest

import (
	"fmt"

	"polis/app/exchange"
)

// Exchange is a synchronisation that only remembers what it was asked for.
type Exchange struct {
	State   exchange.Status
	Refused []exchange.QuarantinedItem
	Sum     exchange.Summary // of a bundle
	Err     error            // of everything that can fail
	Asked   []string
	Reads   int // of Status
	Told    func(exchange.Status)
}

func (e *Exchange) ask(what string, args ...any) error {
	e.Asked = append(e.Asked, fmt.Sprint(append([]any{what}, args...)...))
	return e.Err
}

// Status returns State.
func (e *Exchange) Status() exchange.Status {
	e.Reads++
	return e.State
}

// SyncNow is remembered as "sync".
func (e *Exchange) SyncNow() { _ = e.ask("sync") }

// Cancel is remembered as "cancel".
func (e *Exchange) Cancel() { _ = e.ask("cancel") }

// SetPaused changes State.
func (e *Exchange) SetPaused(paused bool) error {
	e.State.Paused = paused
	return e.ask("pause ", paused)
}

// SetLink changes State.
func (e *Exchange) SetLink(link string) error {
	e.State.Link = link
	return e.ask("link " + link)
}

// DocumentBudget is 500 MB.
func (e *Exchange) DocumentBudget() (int, error) { return 500, nil }

// SetDocumentBudget is remembered.
func (e *Exchange) SetDocumentBudget(mb int) error { return e.ask("documents ", mb) }

// AcceptDeletions is remembered with its version.
func (e *Exchange) AcceptDeletions(version int64) error { return e.ask("accept ", version) }

// EnrolAgain is remembered with its code.
func (e *Exchange) EnrolAgain(code string) error { return e.ask("enrol " + code) }

// Quarantine returns Refused.
func (e *Exchange) Quarantine() ([]exchange.QuarantinedItem, error) { return e.Refused, e.Err }

// Retry takes an item out of Refused.
func (e *Exchange) Retry(id string) error { return e.take("retry ", id) }

// Discard takes an item out of Refused.
func (e *Exchange) Discard(id string) error { return e.take("discard ", id) }

func (e *Exchange) take(what, id string) error {
	for i := range e.Refused {
		if e.Refused[i].ID == id {
			e.Refused = append(e.Refused[:i:i], e.Refused[i+1:]...)
			e.State.Quarantined--
			break
		}
	}
	return e.ask(what + id)
}

// ImportBundle returns Sum.
func (e *Exchange) ImportBundle(path string) (exchange.Summary, error) {
	return e.Sum, e.ask("import " + path)
}

// ExportUploads says that what waits was written.
func (e *Exchange) ExportUploads(path string) (int, error) {
	return e.State.Waiting, e.ask("export " + path)
}

// OnChange remembers who is told.
func (e *Exchange) OnChange(do func(exchange.Status)) { e.Told = do }
