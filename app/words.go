package app

// Kinds of synonym, for those who edit them; the search treats only
// acronyms in a way of their own.
const (
	SynonymEveryday = "everyday" // what people say: "bollo"
	SynonymAcronym  = "acronym"  // a sigla and what it stands for
	SynonymFormer   = "former"   // a name that is no longer official
	SynonymVariant  = "variant"  // another way to write or to say the same
)

// Synonym tells the search that people say some words and sheets use others.
// Without Means all terms stand for each other; with them, what was typed as
// one of Terms also finds Means, and for acronyms the other way round too.
type Synonym struct {
	ID       string   `json:"id"`
	Language string   `json:"language,omitempty"` // of the words; "" is Italian
	Kind     string   `json:"kind,omitempty"`
	Terms    []string `json:"terms,omitempty"`
	Means    []string `json:"means,omitempty"`
	Silent   bool     `json:"silent,omitempty"` // understood, but never suggested: slang, hard words
}

// BestBet puts chosen sheets first for exactly these queries, whatever the
// ranking says. Sheets are codes, the best first.
type BestBet struct {
	ID      string   `json:"id"`
	Queries []string `json:"queries,omitempty"`
	Sheets  []string `json:"sheets,omitempty"`
}
