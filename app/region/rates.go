package region

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"polis/app"
)

// secretRate is the key under which addresses are counted; a day later it is
// another one, and nobody can tell any more whose counts those were.
const secretRate = "rate"

// Rate is how often something may be tried within a window.
type Rate struct {
	Name   string
	Limit  int64
	Window time.Duration
}

// Quota is what remains of a rate after a try. Reset is when the window ends.
type Quota struct {
	Limit, Remaining int64
	Reset            time.Time
}

// Rates of writes by callers that the hub does not know.
func enrolmentRates() (perAddress, all Rate) {
	return Rate{"enrolment", 60, 10 * time.Minute}, Rate{"enrolments", 3000, 10 * time.Minute}
}

func applicantRates() (perKey, perAddress Rate) {
	return Rate{"applicant", 200, 10 * time.Minute}, Rate{"applicants", 1000, 10 * time.Minute}
}

// AllowEnrolment counts a try to enrol from an address. Codes:
// CodeTooManyRequests (seconds).
func (h *Hub) AllowEnrolment(ctx context.Context, address string) (Quota, error) {
	perAddress, all := enrolmentRates()
	return h.allow(ctx, address, tries{perAddress, address}, tries{all, ""})
}

// AllowApplicant counts a write of an applicant. Codes: CodeTooManyRequests
// (seconds).
func (h *Hub) AllowApplicant(ctx context.Context, a Applicant, address string) (Quota, error) {
	perKey, perAddress := applicantRates()
	return h.allow(ctx, address, tries{perAddress, address}, tries{perKey, a.Thumbprint}) // keys cost nothing to make
}

// tries are those of one caller.
type tries struct {
	rate Rate
	who  string
}

// allow counts in the database, where replicas share it, and answers with the
// tightest quota. What is beyond one limit does not count for the next: one
// address alone must not use up what all share.
func (h *Hub) allow(ctx context.Context, address string, list ...tries) (Quota, error) {
	now := h.clock.Now().UTC()
	var tightest Quota
	err := h.store.Update(ctx, func(tx Tx) error {
		key, err := dailyKey(tx, now)
		if err != nil {
			return err
		}
		for i, t := range list {
			who := t.who
			if who != "" && who == address {
				who = keyed(key, who)
			}
			q, err := t.rate.count(tx, who, 1, now)
			if err != nil {
				return err
			}
			if i == 0 || q.Remaining < tightest.Remaining {
				tightest = q
			}
			if q.Remaining < 0 {
				return nil
			}
		}
		return nil
	})
	if err == nil && tightest.Remaining < 0 {
		tightest.Remaining = 0
		err = TooMany(tightest, now)
	}
	return tightest, err
}

// count counts n more of who.
func (r Rate) count(tx Tx, who string, n int64, now time.Time) (Quota, error) {
	starts := now.Truncate(r.Window)
	hits, err := tx.CountHits(r.Name+":"+who, starts.Unix(), n)
	return Quota{Limit: r.Limit, Remaining: r.Limit - hits, Reset: starts.Add(r.Window)}, err
}

// keyed is what is stored of an address.
func keyed(key []byte, address string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(address))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// share takes n of what may come from the applicant's address; what is too
// much is refused and takes nothing. Codes: CodeTooManyRequests (seconds).
func (h *Hub) share(tx Tx, a Applicant, r Rate, n int64) error {
	if a.Address == "" {
		return nil
	}
	now := h.clock.Now().UTC()
	key, err := dailyKey(tx, now)
	if err != nil {
		return err
	}
	q, err := r.count(tx, keyed(key, a.Address), n, now)
	if err == nil && q.Remaining < 0 {
		err = TooMany(q, now)
	}
	return err
}

// TooMany is the fault of a caller whose quota is used up.
func TooMany(q Quota, now time.Time) error {
	seconds := max(1, int64(q.Reset.Sub(now)/time.Second)+1)
	return app.Fault(app.CodeTooManyRequests, nil, "seconds", strconv.FormatInt(seconds, 10))
}

type rateKey struct {
	Day string `json:"day"`
	Key []byte `json:"key"`
}

// dailyKey returns the key of the day and forgets what was counted under the
// one before.
func dailyKey(tx Tx, now time.Time) ([]byte, error) {
	var k rateKey
	if err := loadJSON(tx, secretRate, &k); err != nil {
		return nil, err
	}
	today := now.Format(time.DateOnly)
	if k.Day == today {
		return k.Key, nil
	}
	k = rateKey{Day: today, Key: make([]byte, 32)}
	if _, err := rand.Read(k.Key); err != nil {
		return nil, fmt.Errorf("rate key: %w", err)
	}
	raw, err := json.Marshal(k)
	if err != nil {
		return nil, err
	}
	if err := tx.SetSecret(secretRate, raw); err != nil {
		return nil, err
	}
	return k.Key, tx.ForgetHits(now.Add(-24 * time.Hour).Unix())
}
