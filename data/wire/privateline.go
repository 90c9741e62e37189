package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"polis/app"
)

// ParsePrivate reads a line of the private way down: the canonical line
// without version, and its version. Lines of types that are not known are
// taken as they are.
func ParsePrivate(raw []byte) (Change, error) {
	c, err := ParseWire(raw)
	if err != nil {
		return Change{}, err
	}
	if c.Deleted {
		return c, nil
	}
	var target interface{ place() error }
	switch c.Type {
	case TypeContact:
		target = &privateContact{}
	case TypeFollowUp:
		target = &privateFollowUp{}
	default:
		return c, nil
	}
	if err := json.Unmarshal(c.Line, target); err != nil {
		return Change{}, fmt.Errorf("private line %s: %w", c.Type, err)
	}
	if err := target.place(); err != nil {
		return Change{}, fmt.Errorf("private line %s: %w", c.Type, err)
	}
	return c, nil
}

type privateContact struct{ app.Contact }

func (c *privateContact) place() error { return dated(c.RecordedAt, c.ID) }

type privateFollowUp struct{ FollowUp }

func (f *privateFollowUp) place() error { return dated(f.RecordedAt, f.Contact) }

func dated(at time.Time, id string) error {
	if at.IsZero() || id == "" {
		return errors.New("without time or contact")
	}
	return nil
}
