package desk

import (
	"context"
	"sync"

	"polis/app"
	"polis/app/search"
)

// shelf keeps the sheets of the last answers at hand: from one key to the
// next most of them are the same. Nobody changes what lies on it. Safe for
// concurrent use.
type shelf struct {
	catalogue Catalogue

	mu     sync.Mutex
	of     *search.Index // another index is another catalogue
	sheets map[string]app.Reading
}

// shelfRoom is how many sheets are kept: some 5 MB.
const shelfRoom = 300

// readings returns the sheets that exist, in the order asked.
func (s *shelf) readings(ctx context.Context, of *search.Index, codes []string) ([]app.Reading, error) {
	have, missing := s.take(of, codes)
	if len(missing) > 0 {
		read, err := s.catalogue.Readings(ctx, missing)
		if err != nil {
			return nil, err
		}
		for i := range read {
			have[read[i].Code] = read[i]
		}
		s.put(of, read)
	}
	out := make([]app.Reading, 0, len(codes))
	for _, code := range codes {
		if r, ok := have[code]; ok {
			out = append(out, r)
		}
	}
	return out, nil
}

func (s *shelf) take(of *search.Index, codes []string) (have map[string]app.Reading, missing []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != of {
		s.of, s.sheets = of, map[string]app.Reading{}
	}
	have = make(map[string]app.Reading, len(codes))
	for _, code := range codes {
		if r, ok := s.sheets[code]; ok {
			have[code] = r
		} else {
			missing = append(missing, code)
		}
	}
	return have, missing
}

func (s *shelf) put(of *search.Index, read []app.Reading) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.of != of {
		return
	}
	if len(s.sheets)+len(read) > shelfRoom {
		clear(s.sheets)
	}
	for i := range read[:min(len(read), shelfRoom)] {
		s.sheets[read[i].Code] = read[i]
	}
}
