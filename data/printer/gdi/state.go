package gdi

import "polis/app/printing"

// A printer's status and attributes.
const (
	statusPaused     = 0x1
	statusDeleted    = 0x4
	statusPaperOut   = 0x10
	statusOffline    = 0x80
	statusActive     = 0x100
	statusBusy       = 0x200
	statusPrinting   = 0x400
	statusProcessing = 0x4000
	statusWarming    = 0x10000
	worksOffline     = 0x400 // an attribute: "use printer offline"
)

// A job's status.
const (
	jobPaused    = 0x1
	jobError     = 0x2
	jobDeleting  = 0x4
	jobPrinting  = 0x10
	jobOffline   = 0x20
	jobPaperOut  = 0x40
	jobPrinted   = 0x80
	jobDeleted   = 0x100
	jobBlocked   = 0x200
	jobAttention = 0x400
	jobComplete  = 0x1000
)

type faultBit struct {
	bit    uint32
	fault  printing.FaultReason
	detail string
	stops  bool
}

func printerFaults() []faultBit {
	return []faultBit{
		{statusPaused, printing.FaultPaused, "", true},
		{0x2, printing.FaultOther, "ERROR", true},
		{0x8, printing.FaultJam, "", true},
		{statusPaperOut, printing.FaultPaperOut, "", true},
		{0x20, printing.FaultHeld, "MANUAL_FEED", true},
		{0x40, printing.FaultOther, "PAPER_PROBLEM", true},
		{statusOffline, printing.FaultOffline, "", true},
		{0x800, printing.FaultOutputFull, "", true},
		{0x1000, printing.FaultOffline, "NOT_AVAILABLE", true},
		{0x20000, printing.FaultTonerLow, "", false},
		{0x40000, printing.FaultTonerOut, "", true},
		{0x80000, printing.FaultOther, "PAGE_PUNT", false},
		{0x100000, printing.FaultHeld, "USER_INTERVENTION", true},
		{0x200000, printing.FaultOther, "OUT_OF_MEMORY", true},
		{0x400000, printing.FaultCoverOpen, "", true},
		{0x800000, printing.FaultOffline, "SERVER_UNKNOWN", true},
		{0x2000000, printing.FaultOffline, "SERVER_OFFLINE", true},
		{0x4000000, printing.FaultOther, "DRIVER_UPDATE_NEEDED", false},
	}
}

// stateOf reads a printer's status.
func stateOf(status, attributes uint32) (printing.State, []printing.Fault) {
	if attributes&worksOffline != 0 {
		status |= statusOffline
	}
	faults := faultsOf(status, printerFaults())
	for _, f := range faults {
		if f.Stops {
			return printing.Stopped, faults
		}
	}
	if status&(statusActive|statusBusy|statusPrinting|statusProcessing|statusWarming) != 0 {
		return printing.Printing, faults
	}
	return printing.Idle, faults
}

// faultsOf names each fault once. A driver's bare ERROR says nothing beside a
// fault that has a name.
func faultsOf(status uint32, bits []faultBit) []printing.Fault {
	var faults []printing.Fault
	seen := map[printing.FaultReason]bool{}
	var bare *faultBit
	for _, b := range bits {
		if status&b.bit == 0 {
			continue
		}
		if b.detail == "ERROR" {
			bare = &b
			continue
		}
		if seen[b.fault] && b.fault != printing.FaultOther {
			continue
		}
		seen[b.fault] = true
		faults = append(faults, printing.Fault{Reason: b.fault, Detail: b.detail, Stops: b.stops})
	}
	if bare != nil && len(faults) == 0 {
		faults = append(faults, printing.Fault{Reason: bare.fault, Detail: bare.detail, Stops: bare.stops})
	}
	return faults
}

func jobFaults() []faultBit {
	return []faultBit{
		{jobPaused, printing.FaultHeld, "", true},
		{jobError, printing.FaultOther, "ERROR", true},
		{jobOffline, printing.FaultOffline, "", true},
		{jobPaperOut, printing.FaultPaperOut, "", true},
		{jobBlocked, printing.FaultOther, "BLOCKED_DEVQ", true},
		{jobAttention, printing.FaultHeld, "USER_INTERVENTION", true},
	}
}

// jobOf reads a job's status beside that of its printer: a job in the queue
// of a printer without paper waits for somebody, too.
func jobOf(job, printer, attributes uint32) (printing.JobState, []printing.Fault) {
	if job&(jobDeleting|jobDeleted) != 0 {
		return printing.JobCancelled, nil
	}
	if job&(jobPrinted|jobComplete) != 0 {
		return printing.JobDone, nil
	}
	faults := faultsOf(job, jobFaults())
	state, more := stateOf(printer, attributes)
	for _, f := range more {
		known := false
		for _, has := range faults {
			known = known || has.Reason == f.Reason
		}
		if !known {
			faults = append(faults, f)
		}
	}
	switch {
	case job&(jobError|jobOffline|jobPaperOut|jobBlocked|jobAttention) != 0 || state == printing.Stopped:
		return printing.JobStopped, faults
	case job&jobPrinting != 0 && job&jobPaused == 0:
		return printing.JobPrinting, faults
	}
	return printing.JobWaiting, faults
}
