package app

import (
	"errors"
	"fmt"
)

// Code says what kind of fault happened. The sentence a person reads is in
// the translation files under "error.<code>" and "hint.<code>".
type Code string

// The faults that a person can meet.
const (
	CodeInternal         Code = "internal"           // a defect of ours
	CodeInvalid          Code = "invalid"            // params: field, value
	CodeUsage            Code = "usage"              // params: detail
	CodeNotFound         Code = "not_found"          // params: what
	CodeSheetNotFound    Code = "sheet_not_found"    // params: code
	CodeNotEnrolled      Code = "not_enrolled"       //
	CodeAlreadyEnrolled  Code = "already_enrolled"   // params: hub
	CodeEnrolmentCode    Code = "enrolment_code"     // wrong, used or expired code
	CodeOtherPlace       Code = "other_place"        // the code is of another authority or office; it stays good
	CodeTooManyTries     Code = "too_many_tries"     //
	CodeUnauthorized     Code = "unauthorized"       // the hub does not accept this workstation
	CodeHubUnreachable   Code = "hub_unreachable"    // params: hub
	CodeHubCertificate   Code = "hub_certificate"    // params: hub
	CodeHubAnswer        Code = "hub_answer"         // params: hub; not a POLIS hub, or a broken answer
	CodeSyncInterrupted  Code = "sync_interrupted"   // nothing was changed
	CodeSyncBusy         Code = "sync_busy"          // another program is synchronising this folder
	CodeManifest         Code = "manifest"           // signature, age or digest of the catalogue do not hold
	CodeCursorExpired    Code = "cursor_expired"     // the feed no longer reaches back so far
	CodeBrake            Code = "deletion_brake"     // params: n, total
	CodeConflict         Code = "conflict"           // params: what
	CodeDiskFull         Code = "disk_full"          // params: path
	CodeFolder           Code = "folder"             // params: path; unreadable or not writable
	CodeFolderForeign    Code = "folder_foreign"     // params: path; data of another program or a newer version
	CodeBusy             Code = "busy"               // params: path; another window has the folder
	CodeCatalogueDamaged Code = "catalogue_damaged"  //
	CodeOfficeDamaged    Code = "office_damaged"     // params: path
	CodeCatalogueEmpty   Code = "catalogue_empty"    //
	CodeNothingPublished Code = "nothing_published"  //
	CodePrint            Code = "print"              // params: code
	CodeFile             Code = "file"               // params: path
	CodeImportRefused    Code = "import_refused"     // params: n
	CodeForbidden        Code = "forbidden"          // not this device's authority or office
	CodeNoDisplay        Code = "no_display"         //
	CodeNoViewer         Code = "no_viewer"          // params: path; no program opens it
	CodeListen           Code = "listen"             // params: address
	CodeMetricsAddress   Code = "metrics_address"    // params: address; others could reach it
	CodeDatabase         Code = "database"           // params: database, detail; unreachable, or it refuses
	CodeDatabaseBusy     Code = "database_busy"      // params: database; others were in the way for too long
	CodeDatabaseForeign  Code = "database_foreign"   // params: database; of another program or a newer version
	CodeDatabaseOld      Code = "database_old"       // params: database, from, to; versions of the schema
	CodeDatabaseNotEmpty Code = "database_not_empty" // params: database
	CodeBackup           Code = "backup"             // params: path; not a backup, damaged, or of a newer version
	CodeDeviceRevoked    Code = "device_revoked"     // the responsabile put this workstation out of use
	CodeDeviceExpired    Code = "device_expired"     // the workstation's key was not renewed in time
	CodeTooManyRequests  Code = "too_many_requests"  // params: seconds
	CodeChanged          Code = "changed"            // params: what; somebody else changed it meanwhile
	CodeSigningKey       Code = "signing_key"        // the root's statement about the hub's key is over or does not hold
	CodeKeyLocked        Code = "key_locked"         // params: how; the workstation's keys do not open
	CodeOfficeKey        Code = "office_key"         // the office's key is not here yet
	CodePassword         Code = "password"           // params: n, tries left; wrong
	CodePasswordWeak     Code = "password_weak"      // params: n, least length
	CodePasswordSame     Code = "password_same"      // the new one is the old one
	CodeOperatorLocked   Code = "operator_locked"    // params: n, minutes to wait
	CodeOperatorKey      Code = "operator_key"       // the sealed key is damaged or of somebody else
	CodeRecordChanged    Code = "record_changed"     // somebody else changed it meanwhile
	CodeAuditBroken      Code = "audit_broken"       // params: n, the first line that does not hold
	CodeHubBusy          Code = "hub_busy"           // params: hub, retry_after (seconds)
	CodeCatalogueExpired Code = "catalogue_expired"  // not confirmed by the hub for too long
	CodeClockWrong       Code = "clock_wrong"        // params: minutes
	CodeSnapshotWaits    Code = "snapshot_waits"     // the whole catalogue is not loaded over a metered link unasked
	CodeBundle           Code = "bundle"             // not a bundle, damaged or tampered with
	CodeBundleOlder      Code = "bundle_older"       // what it holds is older than what is here
	CodeBundleGap        Code = "bundle_gap"         // changes to a catalogue that is not here
	CodeBundleExpired    Code = "bundle_expired"     // signed too long ago to be read without a hub
	CodeBundleUnread     Code = "bundle_unread"      // the kept catalogue is damaged, or not signed by the region
	CodeRoots            Code = "roots"              // who may sign catalogues is not known
	CodeUploadKey        Code = "upload_key"         // the hub's key for files of uploads is not known
	CodeNoPrinter        Code = "no_printer"         // none is installed or chosen
	CodePrinterGone      Code = "printer_gone"       // params: printer
	CodePrinterStopped   Code = "printer_stopped"    // params: printer; takes no jobs
	CodePrinterRefused   Code = "printer_refused"    // params: printer, detail
	CodePrinterFormat    Code = "printer_format"     // params: printer; cannot print this kind of document by itself
	CodeScript           Code = "script"             // params: script; letters that paper cannot show
	CodeDocumentKind     Code = "document_kind"      // params: kind; a document of a kind that is not opened
	CodeDocumentActive   Code = "document_active"    // a document with commands of its own
	CodeDocumentDamaged  Code = "document_damaged"   // it is not what its hash says
	CodePrintUnsure      Code = "print_unsure"       // params: printer; it was sent, and no answer says that it arrived
	CodePrintSystem      Code = "print_system"       // the system's print service does not answer

	CodeMembershipState      Code = "membership_state"      // params: event, state; it cannot happen to a request that stands there
	CodeMembershipIncomplete Code = "membership_incomplete" // params: n; a request with that much missing or wrong
	CodeMembershipFile       Code = "membership_file"       // params: path; not a file of a request, or damaged
	CodeMembershipAnswer     Code = "membership_answer"     // params: path; not the region's answer to a request of this workstation, or damaged
	CodeMembershipOlder      Code = "membership_older"      // what comes is older than what is there
	CodeFileTooLarge         Code = "file_too_large"        // params: name, mb (the most)
	CodeFileKind             Code = "file_kind"             // params: name; a kind of file that does not go with a request
	CodeFileEmpty            Code = "file_empty"            // params: name
	CodeNotSigned            Code = "not_signed"            // params: name; no digital signature in it
	CodeSignatureDetached    Code = "signature_detached"    // a signature whose document is in another file
	CodeTooManyFiles         Code = "too_many_files"        // params: n, the most
	CodeNoNetwork            Code = "no_network"            // no regional server is known here yet
	CodeNetworkFile          Code = "network_file"          // params: path; not the settings file of a network
	CodeNoRegisterPEC        Code = "no_register_pec"       // params: name; the register knows no PEC of the body
	CodeDocumentsRemoved     Code = "documents_removed"     // the region no longer keeps the documents of a closed request
	CodeMembershipEnded      Code = "membership_ended"      // the authority left the network
	CodeMemberAlready        Code = "member_already"        // params: name; the body is a member by another request
)

// Error is a fault with the parameters of its sentence. Err, when there is
// one, is the technical cause: for the log, never for a person.
type Error struct {
	Code   Code
	Params map[string]string
	Err    error
}

// Fault makes an Error; params are name, value pairs.
func Fault(code Code, err error, params ...string) *Error {
	e := &Error{Code: code, Err: err}
	if len(params) > 1 {
		e.Params = make(map[string]string, len(params)/2)
		for i := 0; i+1 < len(params); i += 2 {
			e.Params[params[i]] = params[i+1]
		}
	}
	return e
}

// Error returns a line for logs and tests.
func (e *Error) Error() string {
	s := string(e.Code)
	if len(e.Params) > 0 {
		s += fmt.Sprintf(" %v", e.Params)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap returns the technical cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrorCode returns the code of the first Error in the chain, "" for nil and
// CodeInternal for every other error.
func ErrorCode(err error) Code {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return CodeInternal
}

// ErrorParams returns the parameters of the first Error in the chain.
func ErrorParams(err error) map[string]string {
	var e *Error
	if errors.As(err, &e) {
		return e.Params
	}
	return nil
}
