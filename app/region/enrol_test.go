package region_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"polis/app"
	"polis/app/region"
	"polis/data/wire"
)

func TestEnrolmentCode(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	const signs = "[ABCDEFGHJKLMNPQRSTUVWXYZ2-9]"
	for valid, shape := range map[time.Duration]string{
		15 * time.Minute:    "^" + signs + "{4}(-" + signs + "{5}){2}$",
		30 * 24 * time.Hour: "^" + signs + "{4}(-" + signs + "{5}){4}$",
	} {
		if code := b.code(t, "demo", "demo-urp", valid); !regexp.MustCompile(shape).MatchString(code) {
			t.Errorf("%s: %s", valid, code)
		}
	}
	for name, c := range map[string]struct {
		params region.EnrolmentCodeParams
		code   app.Code
	}{
		"unknown authority": {region.EnrolmentCodeParams{Authority: "nobody", Valid: time.Minute}, app.CodeNotFound},
		"unknown office":    {region.EnrolmentCodeParams{Authority: "demo", Office: "nowhere", Valid: time.Minute}, app.CodeNotFound},
		"foreign office":    {region.EnrolmentCodeParams{Authority: "demo", Office: "other-urp", Valid: time.Minute}, app.CodeNotFound},
		"no time":           {region.EnrolmentCodeParams{Authority: "demo"}, app.CodeInvalid},
		"too long":          {region.EnrolmentCodeParams{Authority: "demo", Valid: 721 * time.Hour}, app.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			code, err := b.NewEnrolmentCode(b.ctx, c.params)
			wantCode(t, err, c.code)
			if code != "" {
				t.Errorf("a code came back: %s", code)
			}
		})
	}
}

func TestEnrol(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	code := b.code(t, "demo", "demo-urp", 15*time.Minute)
	mine, thief := newWorkstation(t), newWorkstation(t)
	typed := strings.ToLower(strings.ReplaceAll(code, "-", " \u2013 ")) // as a hand and a word processor write it
	e, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: typed, PublicKey: mine.public, Name: "Sportello 1"})
	if err != nil {
		t.Fatal(err)
	}
	if e.Authority != "demo" || e.Office != "demo-urp" || e.Device == "" || e.Operator.ID == "" || e.Operator.Role != wire.RoleManager {
		t.Errorf("%+v", e)
	}
	if len(e.HubRoots) != 1 || e.HubRoots[0] != base64.RawURLEncoding.EncodeToString(b.roots(t)[0]) {
		t.Errorf("roots %v", e.HubRoots)
	}
	b.clock.add(time.Hour)
	again, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: code, PublicKey: mine.public})
	if err != nil || again.Device != e.Device || again.Operator != e.Operator {
		t.Errorf("the same code and key: %+v %v", again, err)
	}
	_, err = b.Enrol(b.ctx, wire.EnrolmentRequest{Code: code, PublicKey: thief.public})
	wantCode(t, err, app.CodeEnrolmentCode)

	second, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, "demo", "demo-urp", time.Minute), PublicKey: thief.public})
	if err != nil || second.Device == e.Device || second.Operator.Role != wire.RoleOperator {
		t.Errorf("the authority has its responsabile: %+v %v", second, err)
	}
	same, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, "demo", "demo-urp", time.Minute), PublicKey: newWorkstation(t).public})
	if err != nil || same.Operator != second.Operator {
		t.Errorf("one operator record for an office and role: %+v %v", same, err)
	}
	third, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, "demo", "", time.Minute), PublicKey: newWorkstation(t).public})
	if err != nil || third.Operator == e.Operator {
		t.Errorf("another place, another operator: %+v %v", third, err)
	}
}

// A workstation that is activated anew does not use up a code of another
// place; one that does not say where it was can use any.
func TestCodeOfAnotherPlaceStaysGood(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	for name, place := range map[string]struct{ authority, office string }{
		"another authority": {"other", "other-urp"},
		"another office":    {"demo", "demo-bib"},
		"no office":         {"demo", ""},
	} {
		t.Run(name, func(t *testing.T) {
			code := b.code(t, "demo", "demo-urp", time.Minute)
			was := wire.EnrolmentRequest{Code: code, PublicKey: newWorkstation(t).public, Authority: place.authority, Office: place.office}
			for range 6 { // it is no guess either
				_, err := b.Enrol(b.ctx, was)
				wantCode(t, err, app.CodeOtherPlace)
			}
			mine := wire.EnrolmentRequest{Code: code, PublicKey: newWorkstation(t).public, Authority: "demo", Office: "demo-urp"}
			if e, err := b.Enrol(b.ctx, mine); err != nil || e.Office != "demo-urp" {
				t.Errorf("%+v %v", e, err)
			}
			_, err := b.Enrol(b.ctx, was)
			wantCode(t, err, app.CodeEnrolmentCode) // it was used meanwhile
		})
	}
	all := b.code(t, "demo", "", time.Minute)
	_, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: all, PublicKey: newWorkstation(t).public, Authority: "demo", Office: "demo-urp"})
	wantCode(t, err, app.CodeOtherPlace)
	if _, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: all, PublicKey: newWorkstation(t).public, Authority: "demo"}); err != nil {
		t.Error(err)
	}
}

func TestEnrolRefuses(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	w := newWorkstation(t)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(p384.Public())
	if err != nil {
		t.Fatal(err)
	}
	code := b.code(t, "demo", "", time.Minute)
	for name, c := range map[string]struct {
		req  wire.EnrolmentRequest
		code app.Code
	}{
		"no code":        {wire.EnrolmentRequest{PublicKey: w.public}, app.CodeEnrolmentCode},
		"unknown prefix": {wire.EnrolmentRequest{Code: flip(code, 0), PublicKey: w.public}, app.CodeEnrolmentCode},
		"wrong secret":   {wire.EnrolmentRequest{Code: flip(code, len(code)-1), PublicKey: w.public}, app.CodeEnrolmentCode},
		"too short":      {wire.EnrolmentRequest{Code: code[:10], PublicKey: w.public}, app.CodeEnrolmentCode},
		"not a code":     {wire.EnrolmentRequest{Code: "è' or 1=1; --  ", PublicKey: w.public}, app.CodeEnrolmentCode},
		"no key":         {wire.EnrolmentRequest{Code: code}, app.CodeInvalid},
		"garbage key":    {wire.EnrolmentRequest{Code: code, PublicKey: "AAAA"}, app.CodeInvalid},
		"another curve":  {wire.EnrolmentRequest{Code: code, PublicKey: base64.RawURLEncoding.EncodeToString(der)}, app.CodeInvalid},
		"long name":      {wire.EnrolmentRequest{Code: code, PublicKey: w.public, Name: strings.Repeat("x", 101)}, app.CodeInvalid},
		"control name":   {wire.EnrolmentRequest{Code: code, PublicKey: w.public, Name: "a\nb"}, app.CodeInvalid},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Enrol(b.ctx, c.req)
			wantCode(t, err, c.code)
		})
	}
	b.clock.add(time.Minute)
	_, err = b.Enrol(b.ctx, wire.EnrolmentRequest{Code: code, PublicKey: w.public})
	wantCode(t, err, app.CodeEnrolmentCode)
}

// flip changes the sign at i into another one of the alphabet.
func flip(code string, i int) string {
	sign := "A"
	if code[i] == 'A' {
		sign = "B"
	}
	return code[:i] + sign + code[i+1:]
}

func TestGuessedCodeIsBlocked(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	code := b.code(t, "demo", "", time.Hour)
	w := newWorkstation(t)
	for range 5 {
		_, err := b.process(t).Enrol(b.ctx, wire.EnrolmentRequest{Code: flip(code, len(code)-1), PublicKey: w.public})
		wantCode(t, err, app.CodeEnrolmentCode)
	}
	_, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: code, PublicKey: w.public})
	wantCode(t, err, app.CodeTooManyTries)
	if _, err := b.Enrol(b.ctx, wire.EnrolmentRequest{Code: b.code(t, "demo", "", time.Hour), PublicKey: w.public}); err != nil {
		t.Errorf("another code must not suffer: %v", err)
	}
}

func TestToken(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	w, device := b.enrol(t, "demo", "demo-urp")
	if device.ID != w.device || device.Authority != "demo" {
		t.Errorf("%+v", device)
	}
	now := b.clock.Now()
	stranger := newWorkstation(t)
	stranger.device = w.device
	for name, assertion := range map[string]string{
		"another key":     stranger.assertion(t, now, nil),
		"expired":         w.assertion(t, now.Add(-10*time.Minute), nil),
		"lives too long":  w.assertion(t, now, func(c *jwt.RegisteredClaims) { c.ExpiresAt = jwt.NewNumericDate(now.Add(time.Hour)) }),
		"no end":          w.assertion(t, now, func(c *jwt.RegisteredClaims) { c.ExpiresAt = nil }),
		"other audience":  w.assertion(t, now, func(c *jwt.RegisteredClaims) { c.Audience = jwt.ClaimStrings{"else"} }),
		"other issuer":    w.assertion(t, now, func(c *jwt.RegisteredClaims) { c.Issuer = "else" }),
		"unknown device":  w.assertion(t, now, func(c *jwt.RegisteredClaims) { c.Issuer, c.Subject = "else", "else" }),
		"of an upload":    uploadSignature(t, w, now),
		"without a key":   unsigned(t, w.device, now),
		"shared secret":   shared(t, w, now),
		"empty":           "",
		"not a token":     "a.b.c",
		"an access token": b.access(t, w),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := b.Token(b.ctx, assertion, "")
			wantCode(t, err, app.CodeUnauthorized)
		})
	}
}

// uploadSignature is what the same key signs for an upload.
func uploadSignature(t testing.TB, w *workstation, now time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodES256, struct {
		jwt.RegisteredClaims
		SignedHeaders []map[string]string `json:"signed_headers"`
	}{claimsOf(w.device, now), []map[string]string{{"digest": wire.DigestOf(nil)}}}).SignedString(w.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func claimsOf(device string, now time.Time) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{
		Issuer: device, Subject: device, Audience: jwt.ClaimStrings{wire.TokenAudience},
		ExpiresAt: jwt.NewNumericDate(now.Add(time.Minute)),
	}
}

func unsigned(t *testing.T, device string, now time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodNone, claimsOf(device, now)).SignedString(jwt.UnsafeAllowNoneSignatureType)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// shared signs with the public key as if it were a password.
func shared(t *testing.T, w *workstation, now time.Time) string {
	t.Helper()
	text, err := jwt.NewWithClaims(jwt.SigningMethodHS256, claimsOf(w.device, now)).SignedString([]byte(w.public))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (b *bench) access(t *testing.T, w *workstation) string {
	t.Helper()
	token, err := b.Token(b.ctx, w.assertion(t, b.clock.Now(), nil), "")
	if err != nil {
		t.Fatal(err)
	}
	if token.ExpiresIn != 600 || token.TokenType != "Bearer" {
		t.Errorf("%+v", token)
	}
	return token.AccessToken
}

func TestAccessTokenEnds(t *testing.T) {
	b := newBench(t)
	b.load(t, places)
	w, _ := b.enrol(t, "demo", "")
	access := b.access(t, w)
	replica := b.process(t)
	if _, err := replica.Authenticate(b.ctx, access); err != nil {
		t.Errorf("a replica shares the key: %v", err)
	}
	_, err := b.Authenticate(b.ctx, w.assertion(t, b.clock.Now(), nil))
	wantCode(t, err, app.CodeUnauthorized)
	_, err = b.Authenticate(b.ctx, access[:len(access)-3]+"AAA")
	wantCode(t, err, app.CodeUnauthorized)
	b.clock.add(11 * time.Minute)
	_, err = b.Authenticate(b.ctx, access)
	wantCode(t, err, app.CodeUnauthorized)
}
