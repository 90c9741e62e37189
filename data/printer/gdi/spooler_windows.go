package gdi

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"polis/app"
	"polis/app/printing"
)

// printerInfo is PRINTER_INFO_2W.
type printerInfo struct {
	server, name, share, port, driver, comment, location *uint16
	devmode                                              uintptr
	separator, processor, datatype, parameters           *uint16
	security                                             uintptr
	attributes, priority, defaultPriority                uint32
	start, until, status, jobs, speed                    uint32
}

// jobInfo is JOB_INFO_1W.
type jobInfo struct {
	id                                               uint32
	printer, machine, user, document, datatype, says *uint16
	status, priority, position, pages, printed       uint32
	submitted                                        windows.Systemtime
}

const (
	enumLocal, enumConnections = 2, 4
	isFax                      = 0x4000 // an attribute
	controlDelete              = 5
)

// What DeviceCapabilities tells.
const (
	canPapers  = 2
	canDuplex  = 7
	canCopies  = 18
	canCollate = 22
	canColour  = 32
)

// sized asks for a structure whose size only the system knows. It lies in
// whole words, as what points into it must.
func sized(ask func(buf unsafe.Pointer, size uintptr, need *uint32) error) ([]uint64, error) {
	var buf []uint64
	for range 8 { // it may grow between two questions
		need := new(uint32)
		err := ask(unsafe.Pointer(unsafe.SliceData(buf)), uintptr(8*len(buf)), need)
		if err == nil {
			return buf, nil
		}
		if !errors.Is(err, windows.ERROR_INSUFFICIENT_BUFFER) {
			return nil, err
		}
		buf = make([]uint64, *need/8+1)
	}
	return nil, windows.ERROR_INSUFFICIENT_BUFFER
}

// printers lists those of this PC and those that its user is connected to.
// The structures point into buf.
func (l *library) printers() (all []printerInfo, err error) {
	count := new(uint32)
	buf, err := sized(func(buf unsafe.Pointer, size uintptr, need *uint32) error {
		ok, _, err := l.enumPrinters.Call(enumLocal|enumConnections, 0, 2, uintptr(buf), size,
			uintptr(unsafe.Pointer(need)), uintptr(unsafe.Pointer(count)))
		if ok == 0 {
			return failed(err)
		}
		return nil
	})
	if err != nil || *count == 0 {
		return nil, err
	}
	return unsafe.Slice((*printerInfo)(unsafe.Pointer(&buf[0])), *count), nil
}

// standard is the name of the default printer, "" for none.
func (l *library) standard() string {
	size := uint32(1024)
	name := make([]uint16, size)
	ok, _, _ := l.getDefault.Call(uintptr(unsafe.Pointer(&name[0])), uintptr(unsafe.Pointer(&size)))
	if ok == 0 {
		return ""
	}
	return windows.UTF16ToString(name)
}

// capability is one of the can... numbers; -1 is not known.
func (l *library) capability(printer, port string, which uintptr, out *uint16) int {
	name, err1 := windows.UTF16PtrFromString(printer)
	at, err2 := windows.UTF16PtrFromString(port)
	if err1 != nil || err2 != nil {
		return -1
	}
	n, _, _ := l.capabilities.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(at)), which, uintptr(unsafe.Pointer(out)), 0)
	return int(int32(n))
}

// abilities asks the driver. What it does not tell is taken to be there.
func (l *library) abilities(printer, port string) printing.Abilities {
	a := printing.Abilities{
		Duplex: l.capability(printer, port, canDuplex, nil) != 0,
		Colour: l.capability(printer, port, canColour, nil) != 0,
	}
	if n := l.capability(printer, port, canPapers, nil); n > 0 {
		forms := make([]uint16, n+16) // a form more in between would be written behind the end
		if n = l.capability(printer, port, canPapers, &forms[0]); n > 0 {
			a.Papers = papersOf(forms[:min(n, len(forms))])
		}
	}
	return a
}

// queue is an open printer.
type queue struct {
	l      *library
	name   string
	wide   *uint16 // the name once more
	handle uintptr
}

// open opens a printer; close it.
func (l *library) openQueue(printer string) (*queue, error) {
	name, err := windows.UTF16PtrFromString(printer)
	if err != nil || printer == "" {
		return nil, app.Fault(app.CodePrinterGone, err, "printer", printer)
	}
	q := &queue{l: l, name: printer, wide: name}
	ok, _, err := l.open.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&q.handle)), 0)
	if ok == 0 {
		return nil, refusal("opening the printer", printer, failed(err))
	}
	return q, nil
}

func (q *queue) close() { _, _, _ = q.l.close.Call(q.handle) } // nothing can be done about it

// info is the printer itself. It points into the slice.
func (q *queue) info() (*printerInfo, error) {
	buf, err := sized(func(buf unsafe.Pointer, size uintptr, need *uint32) error {
		ok, _, err := q.l.getPrinter.Call(q.handle, 2, uintptr(buf), size, uintptr(unsafe.Pointer(need)))
		if ok == 0 {
			return failed(err)
		}
		return nil
	})
	if err != nil {
		return nil, refusal("asking for the printer", q.name, err)
	}
	return (*printerInfo)(unsafe.Pointer(&buf[0])), nil
}

// job is how a job stands, nil when the system has forgotten it.
func (q *queue) job(id uint32) (*jobInfo, error) {
	buf, err := sized(func(buf unsafe.Pointer, size uintptr, need *uint32) error {
		ok, _, err := q.l.getJob.Call(q.handle, uintptr(id), 1, uintptr(buf), size, uintptr(unsafe.Pointer(need)))
		if ok == 0 {
			return failed(err)
		}
		return nil
	})
	if errors.Is(err, windows.ERROR_INVALID_PARAMETER) || errors.Is(err, errUnnumbered) {
		return nil, nil //nolint:nilnil // forgotten is no error and has no status
	}
	if err != nil {
		return nil, refusal("asking for the job", q.name, err)
	}
	return (*jobInfo)(unsafe.Pointer(&buf[0])), nil
}

// drop takes a job back; one that is over is no error.
func (q *queue) drop(id uint32) error {
	ok, _, err := q.l.setJob.Call(q.handle, uintptr(id), 0, 0, controlDelete)
	if ok != 0 || errors.Is(err, windows.ERROR_INVALID_PARAMETER) {
		return nil
	}
	return refusal("taking the job back", q.name, failed(err))
}

const outBuffer, inBuffer, answeredOK = 2, 8, 1

// document asks the driver to fill in or to complete its settings.
func (q *queue) document(out, in devmode, mode uintptr) (int, error) {
	n, _, err := q.l.properties.Call(0, q.handle, uintptr(unsafe.Pointer(q.wide)),
		uintptr(unsafe.Pointer(unsafe.SliceData(out))), uintptr(unsafe.Pointer(unsafe.SliceData(in))), mode)
	size := int(int32(n))
	if size < 0 {
		return 0, refusal("asking for the printer's settings", q.name, failed(err))
	}
	return size, nil
}

// settings are the user's own for this printer with what was chosen laid
// over, as the driver understood it.
func (q *queue) settings(o printing.Options, copies int, wide bool) (devmode, error) {
	size, err := q.document(nil, nil, 0)
	if err != nil {
		return nil, err
	}
	own, merged := make(devmode, size), make(devmode, size)
	if !own.ok() {
		return nil, app.Fault(app.CodePrinterRefused, nil, "printer", q.name, "detail", fmt.Sprintf("DEVMODE: %d", size))
	}
	if _, err := q.document(own, nil, outBuffer); err != nil {
		return nil, err
	}
	own.choose(o, copies, wide)
	if _, err := q.document(merged, own, inBuffer|outBuffer); err != nil {
		return nil, err
	}
	return merged, nil
}

func (l *library) printer(p *printerInfo, standard string) printing.Printer {
	name := windows.UTF16PtrToString(p.name)
	state, faults := stateOf(p.status, p.attributes)
	return printing.Printer{
		ID: name, Name: name,
		Location: strings.TrimSpace(windows.UTF16PtrToString(p.location)), Model: windows.UTF16PtrToString(p.driver),
		Default: name == standard, State: state, Accepting: p.status&statusDeleted == 0,
		Faults: faults, Waiting: int(p.jobs),
	}
}

// failed is the error of a procedure that answered with its value for
// failure; some set no number.
func failed(err error) error {
	var number syscall.Errno
	if errors.As(err, &number) && number != 0 {
		return number
	}
	return errUnnumbered
}

const errUnnumbered = windows.ERROR_GEN_FAILURE
