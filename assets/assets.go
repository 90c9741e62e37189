// Package assets embeds what the programs carry with them: fonts, hyphens, icons,
// translations, vocabularies, the register of public bodies, the sample
// catalogue, the user's manual and the licences. It imports nothing of the
// house.
package assets

import (
	"embed"
	"io/fs"
	"path"
	"strings"
)

//go:embed fonts hyphenation icons translations vocabularies register sample licences docs/*.md
var files embed.FS

// Read returns an embedded file, by its path below assets/; nil when there
// is none.
func Read(name string) []byte {
	b, err := files.ReadFile(name)
	if err != nil {
		return nil
	}
	return b
}

// Font returns a font file by name without ending.
func Font(name string) []byte { return Read("fonts/" + name + ".ttf") }

// Hyphenation returns the pattern files of TeX by language ("it", "en").
func Hyphenation() map[string][]byte {
	return map[string][]byte{"it": Read("hyphenation/hyph-it.tex"), "en": Read("hyphenation/hyph-en-us.tex")}
}

// Translations returns the translation files of a language ("it", "en").
func Translations(lang string) [][]byte { return matching("translations", "."+lang+".json") }

// Sample returns the files of the sample catalogue in JSON Lines.
func Sample() [][]byte { return matching("sample", ".jsonl") }

// Words returns the synonyms and best bets of the sample, in JSON Lines: they
// are also what every workstation's search starts from.
func Words() []byte { return Read("sample/synonyms.jsonl") }

// Register returns the register of Piemonte's public bodies.
func Register() []byte { return Read("register/bodies.csv") }

// SampleBlob returns a document of the sample catalogue by its SHA-256.
func SampleBlob(sha256 string) []byte { return Read("sample/blobs/" + sha256 + ".pdf") }

// SampleBlobs lists the SHA-256 of the sample's documents.
func SampleBlobs() []string {
	var hashes []string
	for _, n := range Names("sample/blobs") {
		hashes = append(hashes, strings.TrimSuffix(path.Base(n), ".pdf"))
	}
	return hashes
}

// Names lists the embedded files of a folder, in order.
func Names(folder string) []string {
	var names []string
	entries, err := fs.ReadDir(files, folder)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, path.Join(folder, e.Name()))
		}
	}
	return names
}

func matching(folder, ending string) [][]byte {
	var out [][]byte
	for _, n := range Names(folder) {
		if strings.HasSuffix(n, ending) {
			out = append(out, Read(n))
		}
	}
	return out
}
