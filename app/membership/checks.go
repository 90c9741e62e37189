package membership

import (
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"polis/app"
)

// The single checks return "" for what holds and for an empty text (whether
// something may be empty is Request.Check's), else the key of the sentence
// "membership.check.<key>". They read what people type: blanks around it and
// small letters do no harm.

// Lengths of texts, in letters.
const (
	MaxText = 200  // one line
	MaxNote = 4000 // several lines
)

// TaxCode checks the tax code of a person: sixteen characters, a birthday and
// a place that can exist, the check character; also when digits were replaced
// by letters because two people would have the same code (omocodia). Keys:
// taxcode_length, taxcode_form, taxcode_date, taxcode_place, taxcode_check.
func TaxCode(s string) (key string) {
	s = strings.ToUpper(strings.TrimSpace(s))
	switch {
	case s == "":
		return ""
	case utf8.RuneCountInString(s) != 16:
		return "taxcode_length"
	case !taxCodeForm.MatchString(s):
		return "taxcode_form"
	}
	plain := withoutOmocodia(s)
	switch {
	case !birthday(plain[6:11]):
		return "taxcode_date"
	case plain[11] == 'Z' && plain[12:15] < "100", plain[12:15] == "000":
		return "taxcode_place"
	case taxCodeCheck(s[:15]) != s[15]:
		return "taxcode_check"
	}
	return ""
}

// In the place of a digit there may be its letter of omocodia; places of Italy
// begin with A to M, countries with Z.
var taxCodeForm = regexp.MustCompile(`^[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST][0-9LMNPQRSTUV]{2}[A-MZ][0-9LMNPQRSTUV]{3}[A-Z]$`)

func withoutOmocodia(s string) string {
	b := []byte(s)
	for _, i := range []int{6, 7, 9, 10, 12, 13, 14} {
		if digit := strings.IndexByte("LMNPQRSTUV", b[i]); digit >= 0 {
			b[i] = "0123456789"[digit]
		}
	}
	return string(b)
}

// birthday reads year, letter of the month and day (women: 40 more). Of the
// two centuries that a year may belong to, one must have the day.
func birthday(s string) bool {
	year, err1 := strconv.Atoi(s[:2])
	day, err2 := strconv.Atoi(s[3:])
	if day > 40 {
		day -= 40
	}
	if err1 != nil || err2 != nil || day < 1 {
		return false
	}
	month := time.Month(strings.IndexByte("ABCDEHLMPRST", s[2]) + 1)
	return slices.ContainsFunc([]int{1900, 2000}, func(century int) bool {
		return time.Date(century+year, month, day, 0, 0, 0, 0, time.UTC).Month() == month
	})
}

// taxCodeCheck is the check character of the first fifteen (decree of 23
// December 1976).
func taxCodeCheck(s string) byte {
	odd := [26]int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23}
	sum := 0
	for i := range len(s) {
		value := int(s[i]) - 'A'
		if s[i] <= '9' {
			value = int(s[i]) - '0'
		}
		if i%2 == 0 { // the first, third... place
			value = odd[value]
		}
		sum += value
	}
	return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[sum%26]
}

// BodyTaxCode checks the tax code of a body: eleven digits, the last of which
// checks the others. Keys: body_taxcode_form, body_taxcode_check.
func BodyTaxCode(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if len(s) != 11 || !digits(s) || s == "00000000000" {
		return "body_taxcode_form"
	}
	sum := 0
	for i := range len(s) {
		d := int(s[i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	if sum%10 != 0 {
		return "body_taxcode_check"
	}
	return ""
}

// IPACode checks the form of a code of the index of public administrations.
// Key: ipa.
func IPACode(s string) (key string) {
	if s = strings.TrimSpace(s); s == "" || ipaForm.MatchString(s) {
		return ""
	}
	return "ipa"
}

var (
	ipaForm      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_]{1,31}$`)
	istatForm    = regexp.MustCompile(`^[0-9]{6}$`)
	belfioreForm = regexp.MustCompile(`^[A-MZa-mz][0-9]{3}$`)
	provinceForm = regexp.MustCompile(`^[A-Za-z]{2}$`)
)

// Email checks an address, also a certified one: only its provider knows
// whether it is one. Keys: email_at, email_name, email_none (nothing after
// the @), email_domain (nothing after a first word, which is part),
// email_space, email_form.
func Email(s string) (key, part string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", ""
	}
	name, domain, at := strings.Cut(s, "@")
	switch {
	case strings.ContainsFunc(s, unicode.IsSpace):
		return "email_space", ""
	case strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Cf, r) }): // seen by nobody, copied from pages
		return "email_form", ""
	case !at:
		return "email_at", ""
	case name == "":
		return "email_name", ""
	case domain == "":
		return "email_none", ""
	}
	first, rest, _ := strings.Cut(domain, ".")
	if strings.Trim(rest, ".") == "" && first != "" {
		return "email_domain", first
	}
	parsed, err := mail.ParseAddress(s)
	if err != nil || parsed.Address != s || len(s) > 254 || len(name) > 64 || !domainName(domain) {
		return "email_form", ""
	}
	return "", ""
}

// domainName reports a name as mail servers and sites have it.
func domainName(s string) bool {
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
		if strings.ContainsFunc(label, func(r rune) bool { return r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return len(labels) > 1 && len(last) > 1 && !digits(last)
}

// Phone checks a telephone number loosely: from five to fifteen digits, with
// what people write between them and an internal number after them; or several
// of them, as offices write them: "0173 441111 / 0173 442222". Key: phone.
func Phone(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" || isPhone(s) {
		return ""
	}
	several := betweenPhones.Split(s, -1)
	if len(several) == 1 || slices.ContainsFunc(several, func(one string) bool { return !isPhone(one) }) {
		return "phone"
	}
	return ""
}

// What stands between two numbers; a stroke or a hyphen alone is part of one.
var betweenPhones = regexp.MustCompile(`\s*[,;]\s*|\s+[/–-]\s+`)

func isPhone(s string) bool {
	n := 0
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= '0' && r <= '9':
			n++
		case r != '\u00a0' && !strings.ContainsRune("+()/.- internoxt", r):
			return false
		}
	}
	return n >= 5 && n <= 15 && strings.ContainsAny(s[:1], "+(0123456789")
}

// PostalCode checks for five digits. Key: postal_code.
func PostalCode(s string) (key string) {
	if s = strings.TrimSpace(s); s == "" || (len(s) == 5 && digits(s)) {
		return ""
	}
	return "postal_code"
}

// Website checks the address of a site; "https://" may be left out. Key:
// website.
func Website(s string) (key string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return ""
	}
	if !strings.Contains(s, "://") {
		s = "https://" + s
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.User != nil || !domainName(u.Hostname()) {
		return "website"
	}
	return ""
}

// Hours checks one opening, local times "15:04"; both empty is closed. Keys:
// hours_half (one of the two), hours_form, hours_order.
func Hours(opens, closes string) (key string) {
	if opens == "" && closes == "" {
		return ""
	}
	if opens == "" || closes == "" {
		return "hours_half"
	}
	from, ok1 := clock(opens)
	to, ok2 := clock(closes)
	switch {
	case !ok1 || !ok2:
		return "hours_form"
	case from >= to:
		return "hours_order"
	}
	return ""
}

// clock returns minutes since midnight; "24:00" is a closing time.
func clock(s string) (minutes int, ok bool) {
	if s == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", s)
	return t.Hour()*60 + t.Minute(), err == nil && len(s) == 5
}

// Openings a day at most: morning and afternoon, as the form has them.
const openingsADay = 2

// WeekDays lists the days of app.Hours in their order.
func WeekDays() []string { return []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} }

// DayHours checks the openings of one day together. Keys: as Hours, and
// hours_overlap, hours_many.
func DayHours(day []app.Hours) (key string) {
	open := slices.DeleteFunc(slices.Clone(day), func(h app.Hours) bool { return h.Opens == "" && h.Closes == "" })
	for _, h := range open {
		if key := Hours(h.Opens, h.Closes); key != "" {
			return key
		}
	}
	if len(open) > openingsADay {
		return "hours_many"
	}
	slices.SortStableFunc(open, func(a, b app.Hours) int { return strings.Compare(a.Opens, b.Opens) })
	for i := 1; i < len(open); i++ {
		if open[i].Opens < open[i-1].Closes {
			return "hours_overlap"
		}
	}
	return ""
}

// PastDate checks the day of something that has happened; today is the day
// where the office is. Keys: date_form, date_future, date_old (a typing
// error).
func PastDate(d, today app.Date) (key string) {
	if d == "" {
		return ""
	}
	day, err := time.Parse(time.DateOnly, string(d))
	switch {
	case err != nil:
		return "date_form"
	case day.Year() < oldestYear:
		return "date_old"
	case d > today:
		return "date_future"
	}
	return ""
}

// oldestYear is when the law on municipalities gave offices to the public
// their shape; no act of joining is older.
const oldestYear = 1990

// Today is the day in Italy at a moment, whatever time zone a program runs in:
// workstation and hub must come to the same findings.
func Today(now time.Time) app.Date { return app.Day(ItalianTime(now)) }

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
