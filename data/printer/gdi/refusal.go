package gdi

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"polis/app"
)

// What the print service answers.
const (
	errPrintCancelled syscall.Errno = 63
	errDisabled       syscall.Errno = 1058
	errNotActive      syscall.Errno = 1062
	errCancelled      syscall.Errno = 1223
	errUnknownRPC     syscall.Errno = 1717
	errNoServer       syscall.Errno = 1722
	errNoEndpoint     syscall.Errno = 1753
	errName           syscall.Errno = 1801
	errDeleted        syscall.Errno = 1905
	errState          syscall.Errno = 1906
	errNotFound       syscall.Errno = 3012
)

// refusal gives an error of the print service its code. doing says what was
// tried, for the log. A dialog that the driver opened and somebody closed is
// context.Canceled.
func refusal(doing, printer string, err error) error {
	if err == nil {
		return nil
	}
	var known *app.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	cause := fmt.Errorf("%s: %w", doing, err)
	var number syscall.Errno
	if !errors.As(err, &number) {
		return app.Fault(app.CodePrinterRefused, cause, "printer", printer, "detail", err.Error())
	}
	switch number {
	case errName, errDeleted, errNotFound:
		return app.Fault(app.CodePrinterGone, cause, "printer", printer)
	case errState:
		return app.Fault(app.CodePrinterStopped, cause, "printer", printer)
	case errNoServer, errUnknownRPC, errNoEndpoint, errNotActive, errDisabled:
		return app.Fault(app.CodePrintSystem, cause)
	case errCancelled, errPrintCancelled:
		return fmt.Errorf("%w: %w", context.Canceled, cause)
	}
	return app.Fault(app.CodePrinterRefused, cause, "printer", printer, "detail", number.Error())
}

// spoilt tells a page that cannot be drawn, which is our fault, from a
// printer that takes no more of it.
func spoilt(code string, n int, err error) error {
	err = fmt.Errorf("page %d: %w", n+1, err)
	var number syscall.Errno
	if errors.As(err, &number) {
		return err
	}
	return app.Fault(app.CodePrint, err, "code", code)
}
