// Command register makes assets/register/bodies.csv: the public bodies of
// Piemonte that may join the network, from the tables of ISTAT and IPA that
// POLIS_SHARED has. The same tables give the same bytes.
//
//	POLIS_SHARED=../shared go run ./.ci/register      (from the root of the repository)
//
// In: municipalities, provinces, Città metropolitana, unions, health
// authorities and hospitals, chambers of commerce, universities, parks,
// consortia, agencies, public homes for the aged and nursery schools. Out:
// state schools (they belong to their ministry, and half of their codes have
// changed), companies and those who run services, professional orders,
// automobile clubs, foundations, municipalities that no longer exist, and
// consortia of land owners.
package main

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"polis/app/membership"
	"polis/app/search"
	"polis/assets"
)

const (
	asOf   = "2018" // of the bodies that are no municipalities
	target = "assets/register/bodies.csv"
)

// row is a line of a table, by the names of its columns.
type row map[string]string

func main() {
	if err := run(os.Getenv("POLIS_SHARED")); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(shared string) error {
	if shared == "" {
		return errors.New("POLIS_SHARED does not name the folder with the tables")
	}
	territory := os.DirFS(filepath.Join(shared, "data", "territory"))
	ipa, err := table(territory, "ipa-piemonte.csv")
	if err != nil {
		return err
	}
	towns, err := table(territory, "comuni-piemonte.csv")
	if err != nil {
		return err
	}
	m := maker{tidy: newTidy(towns), byCode: map[string]row{}, named: sampleNames()}
	for _, r := range ipa {
		m.byCode[strings.ToLower(r["cod_amm"])] = r
	}
	for _, r := range towns {
		m.town(r)
	}
	for _, r := range ipa {
		m.other(r)
	}
	slices.SortFunc(m.lines, func(a, b []string) int {
		return cmp.Or(cmp.Compare(order(a[0]), order(b[0])), strings.Compare(search.Fold(a[2]), search.Fold(b[2])), strings.Compare(a[1], b[1]))
	})
	var out bytes.Buffer
	w := csv.NewWriter(&out)
	if err := w.WriteAll(append([][]string{{"# " + asOf}, membership.RegisterColumns()}, m.lines...)); err != nil {
		return err
	}
	fmt.Printf("%d bodies, %d bytes; left out: %v\n", len(m.lines), out.Len(), m.out)
	for _, note := range m.notes {
		fmt.Println(note)
	}
	return os.WriteFile(target, out.Bytes(), 0o600)
}

// order of the kinds in the file and among equal findings.
func order(kind string) int { return slices.Index(membership.BodyKinds(), kind) }

// table reads a CSV file with a head.
func table(folder fs.FS, path string) ([]row, error) {
	f, err := folder.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines, err := csv.NewReader(f).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if len(lines) == 0 {
		return nil, fmt.Errorf("%s is empty", path)
	}
	var rows []row
	for _, line := range lines[1:] {
		r := row{}
		for i, column := range lines[0] {
			r[column] = line[i]
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// sampleNames are names that we wrote by hand already.
func sampleNames() map[string]string {
	names := map[string]string{}
	for _, line := range bytes.Split(assets.Read("sample/authorities.jsonl"), []byte("\n")) {
		var a struct{ Type, ID, Name string }
		if json.Unmarshal(line, &a) == nil && a.Type == "authority" {
			names[a.ID] = a.Name
		}
	}
	return names
}

type maker struct {
	tidy   *tidy
	byCode map[string]row
	named  map[string]string
	lines  [][]string
	notes  []string
	out    map[string]int
}

func (m *maker) town(r row) {
	code := strings.ToLower(r["codice_ipa"])
	if code == "" { // where the newer table has a gap, the older one helps
		code = "c_" + strings.ToLower(r["codice_catastale"])
	}
	old := m.byCode[code]
	street, postal := m.tidy.townAddress(r["indirizzo"])
	if street == "" {
		street, postal = m.tidy.street(old["Indirizzo"]), old["Cap"]
	}
	m.add("municipality", code, "Comune di "+r["comune"], "", r["comune"], r["provincia"], postal, street,
		r["codice_istat"], r["codice_catastale"], old["Cf"], cmp.Or(r["sito"], old["sito_istituzionale"]), cmp.Or(r["pec"], certified(old)))
}

func (m *maker) other(r row) {
	code, kind := r["cod_amm"], kindOf(r["tipologia_istat"], r["des_amm"])
	if kind == "" || slices.Contains(leftOut(), code) {
		if m.out == nil {
			m.out = map[string]int{}
		}
		m.out[cmp.Or(kind, r["tipologia_istat"])]++
		return
	}
	name := cmp.Or(m.named[code], corrected()[code], m.tidy.name(r["des_amm"]))
	m.add(kind, code, name, m.tidy.acronym(r["acronimo"], name), m.tidy.place(r["Comune"]), r["Provincia"], r["Cap"],
		m.tidy.street(r["Indirizzo"]), "", "", r["Cf"], r["sito_istituzionale"], certified(r))
}

// certified is the address of a line when the index calls it a PEC: letters
// with codes go there.
func certified(r row) string {
	if r["tipo_mail1"] != "pec" {
		return ""
	}
	return r["mail1"]
}

var cadastral = regexp.MustCompile(`^[A-M][0-9]{3}$`)

// add writes a line in the order of membership.RegisterColumns. What does not
// hold is left out and told.
func (m *maker) add(kind, code, name, acronym, place, province, postal, street, istat, belfiore, cf, site, pec string) {
	site, pec = m.tidy.site(site), strings.ToLower(strings.TrimSpace(pec))
	if slices.Contains(persons(), code) {
		pec = ""
	}
	if belfiore != "" && !cadastral.MatchString(belfiore) { // made of an odd IPA code
		m.notes = append(m.notes, fmt.Sprintf("%s: cadastral code %q", code, belfiore))
		belfiore = ""
	}
	for what, v := range map[string]*string{"tax code": &cf, "PEC": &pec, "site": &site, "postal code": &postal} {
		check := map[string]func(string) string{
			"tax code": membership.BodyTaxCode, "PEC": membership.PECAddress, "site": membership.Website, "postal code": membership.PostalCode,
		}[what]
		if key := check(*v); key != "" {
			m.notes = append(m.notes, fmt.Sprintf("%s: %s %q: %s", code, what, *v, key))
			*v = ""
		}
	}
	if membership.IPACode(code) != "" {
		m.notes = append(m.notes, "no IPA code: "+name)
		return
	}
	m.lines = append(m.lines, []string{kind, code, name, acronym, place, province, postal, street, istat, belfiore, cf, site, pec})
}
