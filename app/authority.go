package app

// Authority is a public body of the network's register; its ID is the IPA
// code.
type Authority struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	Kind      string `json:"kind,omitempty"`
	ISTATCode string `json:"istat_code,omitempty"`
	Belfiore  string `json:"belfiore,omitempty"`
	TaxCode   string `json:"tax_code,omitempty"`
	Province  string `json:"province,omitempty"`
	Website   string `json:"website,omitempty"`
	PEC       string `json:"pec,omitempty"`
	Logo      string `json:"logo,omitempty"`
	Colour    string `json:"colour,omitempty"`
	// EndedOn is the day on which the body left the network; its sheets are
	// shown with that mark.
	EndedOn Date `json:"ended_on,omitempty"`
}

// Office is a place that serves people; sheets refer to it by ID.
type Office struct {
	ID           string    `json:"id"`
	Authority    string    `json:"authority"`
	Name         string    `json:"name"`
	Kind         string    `json:"kind,omitempty"`
	Address      *Address  `json:"address,omitempty"`
	Phone        string    `json:"phone,omitempty"`
	Email        string    `json:"email,omitempty"`
	PEC          string    `json:"pec,omitempty"`
	OpeningHours []Hours   `json:"opening_hours,omitempty"`
	OpeningNotes string    `json:"opening_notes,omitempty"`
	Closures     []Closure `json:"closures,omitempty"`
}

// Address is where an office is; Lat and Lon are degrees, absent when not
// known.
type Address struct {
	Street       string   `json:"street,omitempty"`
	PostalCode   string   `json:"postal_code,omitempty"`
	Municipality string   `json:"municipality,omitempty"`
	Province     string   `json:"province,omitempty"`
	ISTATCode    string   `json:"istat_code,omitempty"`
	Lat          *float64 `json:"lat,omitempty"`
	Lon          *float64 `json:"lon,omitempty"`
}

// Hours is one opening on some days of the week (MO, TU, WE, TH, FR, SA,
// SU), local time "15:04".
type Hours struct {
	Days   []string `json:"days"`
	Opens  string   `json:"opens"`
	Closes string   `json:"closes"`
}

// Closure is a period in which an office is closed.
type Closure struct {
	Span
	Reason string `json:"reason,omitempty"`
}

// Event is something the network organises.
type Event struct {
	ID          string `json:"id"`
	Title       string `json:"title"`
	Kind        string `json:"kind,omitempty"`
	Format      string `json:"format,omitempty"`
	StartsAt    Date   `json:"starts_at,omitempty"`
	EndsAt      Date   `json:"ends_at,omitempty"`
	Place       string `json:"place,omitempty"`
	Seats       int    `json:"seats,omitempty"`
	Description string `json:"description,omitempty"`
	Organiser   string `json:"organiser,omitempty"`
}
