package sqlite

import (
	"errors"
	"io"
	"os"
)

// largestLogo is more than any letterhead needs.
const largestLogo = 2 << 20

// Logo returns the picture that the catalogue names by its SHA-256; nil when
// it is not here, too large or cannot be read: a paper without a logo is
// better than no paper.
func (c *Catalogue) Logo(sha256 string) []byte {
	path, here := c.BlobPath(sha256)
	if !here {
		return nil
	}
	data, err := readSmall(path)
	if err != nil {
		return nil
	}
	return data
}

func readSmall(path string) (data []byte, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	data, err = io.ReadAll(io.LimitReader(f, largestLogo+1))
	if err == nil && len(data) > largestLogo {
		err = errTooLarge
	}
	return data, err
}

var errTooLarge = errors.New("larger than a logo may be")
