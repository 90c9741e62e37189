package membership_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"polis/app"
	"polis/app/membership"
	"polis/assets"
)

func loaded(t testing.TB) *membership.Bodies {
	t.Helper()
	r, err := membership.NewRegister(assets.Register())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRegisterCounts(t *testing.T) {
	r := loaded(t)
	kinds, ids, istat := map[string]int{}, map[string]bool{}, map[string]bool{}
	all := r.Find("piemonte", 0)
	for _, sigla := range []string{"al", "at", "bi", "cn", "no", "to", "vb", "vc"} {
		all = append(all, r.Find(sigla, 0)...)
	}
	for _, b := range all {
		if ids[b.ID] {
			continue
		}
		ids[b.ID] = true
		kinds[b.Kind]++
		if b.ISTATCode != "" && istat[b.ISTATCode] {
			t.Errorf("%s: ISTAT code %s twice", b.ID, b.ISTATCode)
		}
		istat[b.ISTATCode] = true
		// What comes from the register must not be found fault with.
		request := membership.Request{Body: b}
		for _, f := range request.CheckAt(at()) {
			if f.Step == membership.StepBody && !f.Missing {
				t.Errorf("%s: %s: %s", b.ID, f.Field, f.Key)
			}
		}
		if !b.Registered || b.Name != strings.TrimSpace(b.Name) || strings.Contains(b.Name, "  ") || strings.HasSuffix(b.Name, "'") || strings.Contains(b.Name, "&") {
			t.Errorf("%s: %q", b.ID, b.Name)
		}
		if b.Kind == "municipality" && (b.ISTATCode == "" || b.PEC == "" || b.Address.PostalCode == "" || b.Address.Municipality == "") {
			t.Errorf("%s lacks something: %+v", b.ID, b)
		}
	}
	for kind, want := range map[string]int{"municipality": 1180, "metropolitan_city": 1, "province": 7, "health_authority": 12, "region": 2, "park": 14, "chamber_of_commerce": 10} {
		if kinds[kind] != want {
			t.Errorf("%d of kind %s, want %d", kinds[kind], kind, want)
		}
	}
	if len(ids) != r.Len() {
		t.Errorf("provinces have %d bodies of %d", len(ids), r.Len())
	}
	if r.AsOf() != "2018" {
		t.Error(r.AsOf())
	}
}

func TestFind(t *testing.T) {
	r := loaded(t)
	for query, want := range map[string]string{
		"bra": "c_b111", "comune di bra": "c_b111", "BRA": "c_b111", "bra cn": "c_b111", "c_b111": "c_b111", "C_B111": "c_b111", "004029": "c_b111", "b111": "c_b111",
		"mondovi": "c_f351", "Mondovì": "c_f351", "mondovi'": "c_f351", "cuneo": "c_d205", "provincia cuneo": "p_CN", "provincia di cuneo": "p_CN", "p_cn": "p_CN",
		"torino": "c_l219", "città metropolitana": "cmto", "citta' metropolitana di torino": "cmto", "regione": "r_piemon", "regione piemonte": "r_piemon",
		"alba": "c_a124", "asl to4": "ASL_TO4", "baldissero d'alba": "c_a589", "baldissero alba": "c_a589", "sant'agata": "c_i190", "sant agata": "c_i190",
		"cuorgne": "c_d208", "casal monf": "c_b885", "casale monferrato": "c_b885", "monferrato casale": "c_b885", "domodoss": "c_d332", "politecnico": "PT", "arpea": "arpea_to",
		"camera commercio cuneo": "cciaa_cn", "parco gran paradiso": "pr_grpan", "80087670016": "r_piemon", "unione valle susa": "umvs",
		"gattico veruno": "c_m416", "gattico-veruno": "c_m416", "leini": "c_e518", "leinì": "c_e518", "xyzzy": "", "": "", "   ": "",
	} {
		found := r.Find(query, 5)
		got := ""
		if len(found) > 0 {
			got = found[0].ID
		}
		if got != want {
			var names []string
			for _, b := range found {
				names = append(names, b.ID+" "+b.Name)
			}
			t.Errorf("Find(%q) = %v, want %s", query, names, want)
		}
	}
}

// Every body is found first by its own name and by its code; the same
// question gets the same answer.
func TestFindEverybody(t *testing.T) {
	r := loaded(t)
	elsewhere := 0
	for _, b := range r.Find("c_", 0) {
		if found := r.Find(b.Name+" "+b.Province, 3); len(found) == 0 || found[0].ID != b.ID {
			elsewhere++
			t.Logf("%s is not first by its name %s", b.ID, b.Name)
		}
		short := strings.TrimPrefix(b.Name, "Comune di ")
		if found := r.Find(strings.ToUpper(short), 1); b.Kind == "municipality" && (len(found) == 0 || found[0].ID != b.ID) {
			elsewhere++
			t.Logf("%s is not first by %s", b.ID, strings.ToUpper(short))
		}
		if got, ok := r.ByID(strings.ToUpper(b.ID)); !ok || got.ID != b.ID {
			t.Errorf("ByID(%s): %v", b.ID, got.ID)
		}
	}
	if elsewhere > 0 {
		t.Errorf("%d municipalities are not first by their names", elsewhere)
	}
	for range 20 {
		if a, b := r.Find("san", 0), r.Find("san", 0); len(a) < 50 || a[0].ID != b[0].ID || a[len(a)-1].ID != b[len(b)-1].ID {
			t.Fatal("unstable")
		}
	}
	if found := r.Find("san", 7); len(found) != 7 {
		t.Errorf("%d found", len(found))
	}
}

func TestMunicipality(t *testing.T) {
	r := loaded(t)
	for name, want := range map[string]string{
		"Bra": "004029 CN", "bra (CN)": "004029 CN", "Comune di Bra": "004029 CN", "Bra TO": "", "Città di Torino": "001272 TO", "torino": "001272 TO",
		"Mondovi'": "004130 CN", "San Damiano d'Asti": "005097 AT", "Sale": "006151 AL", "Parigi": "", "": "", "Comune di": "", "Torino (TO)": "001272 TO",
	} {
		istat, province, ok := r.Municipality(name)
		if got := strings.TrimSpace(istat + " " + province); got != want || ok != (want != "") {
			t.Errorf("Municipality(%q) = %q, %v", name, got, ok)
		}
	}
}

func TestRegisterRefuses(t *testing.T) {
	for _, bad := range []string{"", "kind,ipa", "# 2018\n", "# 2018\nkind,ipa\n", "# 2018\n" + strings.Join(membership.RegisterColumns(), ",") + "\na,b\n", "# 2018\n\"", "\x1f\x8b"} {
		if _, err := membership.NewRegister([]byte(bad)); err == nil {
			t.Errorf("%q is a register", bad)
		}
	}
	r, err := membership.NewRegister([]byte("# 2020\n" + strings.Join(membership.RegisterColumns(), ",") + "\n"))
	if err != nil || len(r.Find("bra", 0)) != 0 {
		t.Error(err)
	}
	if _, ok := r.ByID(""); ok {
		t.Error("there is a body without a code")
	}
}

func BenchmarkFind(b *testing.B) {
	r := loaded(b)
	for b.Loop() {
		for _, q := range []string{"s", "san", "unione montana valle", "comune di casale monf", "x"} {
			r.Find(q, 20)
		}
	}
}

func BenchmarkNewRegister(b *testing.B) {
	for b.Loop() {
		loaded(b)
	}
}

// The register says what the tables say from which it was made, and what the
// sample catalogue says of the same bodies.
func TestRegisterIsTheTables(t *testing.T) {
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		t.Skip("POLIS_SHARED does not name the folder with the tables")
	}
	r := loaded(t)
	f, err := os.Open(filepath.Join(shared, "data", "territory", "comuni-piemonte.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) != 1181 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		istat, town, province, code, pec := row[0], row[1], row[2], row[3], row[6]
		found := r.Find(istat, 0)
		if len(found) != 1 || found[0].Name != "Comune di "+town || found[0].Province != province || (code != "" && !strings.EqualFold(found[0].ID, code)) || (pec != "" && found[0].PEC != strings.ToLower(pec)) {
			t.Errorf("%s %s: %+v", istat, town, found)
		}
		if got, in, ok := r.Municipality(town); !ok || got != istat || in != province {
			t.Errorf("Municipality(%q) = %s %s", town, got, in)
		}
	}
}

// Codes go to the addresses of the register: what the index does not call a
// PEC is none.
func TestRegisterHasCertifiedAddressesOnly(t *testing.T) {
	shared := os.Getenv("POLIS_SHARED")
	if shared == "" {
		t.Skip("POLIS_SHARED does not name the folder with the tables")
	}
	r := loaded(t)
	f, err := os.Open(filepath.Join(shared, "data", "territory", "ipa-piemonte.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	mail, kind := slices.Index(rows[0], "mail1"), slices.Index(rows[0], "tipo_mail1")
	for _, row := range rows[1:] {
		if b, known := r.ByID(row[0]); known && row[kind] != "pec" && strings.EqualFold(b.PEC, row[mail]) {
			t.Errorf("%s: %s is %q in the index", row[0], row[mail], row[kind])
		}
	}
}

func TestRegisterKnowsTheSample(t *testing.T) {
	r := loaded(t)
	n := 0
	for line := range strings.Lines(string(assets.Read("sample/authorities.jsonl"))) {
		var a struct {
			Type string
			app.Authority
		}
		if err := json.Unmarshal([]byte(line), &a); err != nil || a.Type != "authority" || strings.HasPrefix(a.ID, "demo_") {
			continue
		}
		n++
		if b, ok := r.ByID(a.ID); !ok || b.ID != a.ID || b.Name != a.Name || b.Kind != a.Kind || b.TaxCode != a.TaxCode {
			t.Errorf("%s: %+v, the sample has %+v", a.ID, b.Authority, a.Authority)
		}
	}
	if n < 40 {
		t.Errorf("%d bodies in the sample", n)
	}
}
