package wire

import (
	"encoding/json"
	"fmt"

	"polis/app"
)

type contactLine struct {
	Type string `json:"type"`
	app.Contact
}

// EncodeContact returns the canonical bytes of a contact; they are frozen
// when the contact is saved and never made again.
func EncodeContact(c app.Contact) ([]byte, error) {
	if c.Sheets == nil {
		c.Sheets = []app.ContactSheet{}
	}
	return Marshal(contactLine{Type: TypeContact, Contact: c})
}

// DecodeContact reads a contact's line.
func DecodeContact(b []byte) (app.Contact, error) {
	var l contactLine
	if err := json.Unmarshal(b, &l); err != nil {
		return app.Contact{}, fmt.Errorf("contact: %w", err)
	}
	if l.Type != TypeContact {
		return app.Contact{}, fmt.Errorf("contact: type is %q", clip(l.Type))
	}
	return l.Contact, nil
}
