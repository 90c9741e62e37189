package app

// Kinds of lines of a workstation's audit: what was done, never about whom.
const (
	AuditLogin           = "login"
	AuditFailedLogin     = "failed_login"
	AuditLock            = "lock"
	AuditLockedOut       = "locked_out" // too many wrong passwords
	AuditPassword        = "password"   // an operator changed the own one
	AuditOperatorCreated = "operator_created"
	AuditOperatorChanged = "operator_changed"
	AuditDeviceRenamed   = "device_renamed"
	AuditDeviceRevoked   = "device_revoked"
	AuditCode            = "code_made"
	AuditBrake           = "brake_accepted"
	AuditBundle          = "bundle_imported"
	AuditUploads         = "uploads_exported"
	AuditEnrolment       = "enrolment"
	AuditKeyRenewal      = "key_renewal"
	AuditOfficeKey       = "office_key_made"
)
