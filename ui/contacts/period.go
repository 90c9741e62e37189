package contacts

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"polis/app"
)

// period is a choice of days.
type period string

const (
	periodToday period = "today"
	periodWeek  period = "week"
	periodMonth period = "month"
	periodAll   period = "all"
	periodCalls period = "calls" // of any day, promised and not made
	// periodPapers lists sheets: those that changed after they were handed out.
	periodPapers period = "papers"
)

func periods() []period {
	return []period{periodToday, periodWeek, periodMonth, periodAll, periodCalls, periodPapers}
}

// span returns the days of a period on the day of now.
func (p period) span(now time.Time) app.Span {
	today := app.Day(now)
	switch p {
	case periodToday:
		return app.Span{From: today, To: today}
	case periodWeek:
		return app.Span{From: app.Day(now.AddDate(0, 0, -6)), To: today}
	case periodMonth:
		return app.Span{From: app.Day(now.AddDate(0, 0, 1-now.Day())), To: today}
	}
	return app.Span{}
}

// fileName names an export by its days.
func fileName(word string, span app.Span, now time.Time) string {
	switch {
	case span.From == "":
		return fmt.Sprintf("%s-%s.csv", word, app.Day(now))
	case span.From == span.To:
		return fmt.Sprintf("%s-%s.csv", word, span.From)
	}
	return fmt.Sprintf("%s-%s-%s.csv", word, span.From, span.To)
}

// SaveIn returns the Save of Deps for a folder. A file that is there already
// is left alone: the new one gets a number. A file that could not be written
// whole does not stay. Codes: CodeFolder, CodeFile.
func SaveIn(folder string) func(name string, write func(io.Writer) error) (string, error) {
	return func(name string, write func(io.Writer) error) (string, error) {
		if err := os.MkdirAll(folder, 0o750); err != nil {
			return "", app.Fault(app.CodeFolder, err, "path", folder)
		}
		f, err := create(folder, name)
		if err != nil {
			return "", app.Fault(app.CodeFile, err, "path", filepath.Join(folder, name))
		}
		err = write(f)
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			_ = os.Remove(f.Name()) // the first error says more
			return "", app.Fault(app.CodeFile, err, "path", f.Name())
		}
		return f.Name(), nil
	}
}

// create opens a new file of that name, or with the first number that is
// free.
func create(folder, name string) (*os.File, error) {
	ending := filepath.Ext(name)
	bare := name[:len(name)-len(ending)]
	for n := 1; ; n++ {
		try := name
		if n > 1 {
			try = fmt.Sprintf("%s-%d%s", bare, n, ending)
		}
		f, err := os.OpenFile(filepath.Join(folder, try), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil || !os.IsExist(err) || n > 999 {
			return f, err
		}
	}
}
