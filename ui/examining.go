package ui

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"time"

	"polis/app"
	appmembership "polis/app/membership"
	"polis/app/page"
	"polis/ui/review"
	"polis/ui/screen"
)

// examines reports that requests are examined here by who is at work.
func (w *Window) examines() bool {
	return w.services != nil && w.services.Review != nil && w.session.role != ""
}

// examiner is the role with which somebody examines requests, "" for others.
func examiner(role string) string {
	if role == appmembership.ByExaminer || role == appmembership.ByAdministrator {
		return role
	}
	return ""
}

// followReview shows the screen of requests that others make while somebody
// is at work who examines them.
func (w *Window) followReview() {
	s := w.services
	if s == nil || s.Review == nil {
		return
	}
	s.Review.OnChange(func() {
		w.p.Runner.Post(func() {
			if room, ok := w.screens[screen.Review].(interface{ Refresh() }); ok && w.services == s && w.session.login == nil {
				room.Refresh()
			}
		})
	})
	w.checkRole()
}

// checkRole asks as what somebody is at work: it may have changed, and where
// nobody logs in it is the workstation's own.
func (w *Window) checkRole() {
	s := w.services
	if s == nil || s.Review == nil || s.Operators == nil || w.session.login != nil {
		return
	}
	w.p.Runner.Go(func() func() {
		p, err := s.Operators.AtWork(context.Background())
		return func() {
			if err != nil {
				w.p.Log.Error("role", "error", err)
				return
			}
			if w.services == s && w.session.login == nil && (w.session.person.ID == "" || w.session.person.ID == p.ID) {
				w.setRole(examiner(p.Role))
			}
		}
	})
}

// setRole lets the screen appear or vanish.
func (w *Window) setRole(role string) {
	if w.session.role == role {
		return
	}
	w.session.role = role
	if room := w.screens[screen.Review]; room != nil {
		room.Close()
		delete(w.screens, screen.Review)
	}
	w.frame.rail.fill()
	if w.route == screen.Review { // also anew for another role
		w.show(screen.Review)
		w.shown()
	}
	w.frame.rail.choose(w.inRail(w.route))
	w.frame.rail.object.Refresh()
	w.wakeReview()
	w.p.Trace("role", "examines", w.examines())
}

// wakeReview asks for what is new in the name of who is at work now.
func (w *Window) wakeReview() {
	if w.examines() {
		w.services.Review.Wake()
	}
}

func (w *Window) makeReview() screen.Screen {
	s := w.services
	d := review.Deps{
		Host: w.host, Review: s.Review, Clock: w.p.Clock, State: &w.rooms.review, Role: w.session.role, Hand: w.hand,
		Draw: func(_ context.Context, l appmembership.Letter) (page.DisplayList, error) {
			return s.Desk.Layout(appmembership.LetterPaper(w.letterInput(l)))
		},
		Files: func(_ context.Context, l appmembership.Letter, parent string) (string, error) {
			if err := os.MkdirAll(parent, 0o750); err != nil {
				return "", app.Fault(app.CodeFolder, err, "path", parent)
			}
			return appmembership.LetterFiles(w.letterInput(l), deskPaper{s.Desk}, parent)
		},
		Mail: func(l appmembership.Letter) (subject, body string) {
			return appmembership.LetterMessage(w.letterInput(l), appmembership.LetterFile(l))
		},
		AgreementHashes: func(_ context.Context, r appmembership.Request) ([]string, error) { return w.agreementHashes(s, r) },
		SaveFolder:      s.SaveFolder, PickOpen: w.pickKind, PickFolder: w.pickFolder,
		Setting: w.setting, SetSetting: w.saveSetting,
	}
	if s.Membership != nil && s.Membership.Register != nil {
		d.Register = func() (review.Register, error) { return s.Membership.Register() }
	}
	return review.New(d)
}

// letterInput is what a letter is made of; it goes to an office and is
// Italian.
func (w *Window) letterInput(l appmembership.Letter) appmembership.LetterInput {
	return appmembership.LetterInput{Letter: l, Words: w.p.Books["it"].Text, Lang: "it", Zone: time.Local}
}

// agreementHash is that of our agreement for a request.
func (w *Window) agreementHash(s *Services, r appmembership.Request) (string, error) {
	list, err := s.Desk.Layout(appmembership.AgreementPaper(w.paperInput(appmembership.Filed{Request: r})))
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	if err := s.Desk.Write(sum, list); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// agreementHashes are those of the agreement as the body may have signed it:
// with the number under which it registered the request, or before there was
// one.
func (w *Window) agreementHashes(s *Services, r appmembership.Request) ([]string, error) {
	var hashes []string
	for _, number := range []appmembership.Protocol{r.Protocol, {}} {
		r.Protocol = number
		hash, err := w.agreementHash(s, r)
		if err != nil {
			return nil, err
		}
		hashes = append(hashes, hash)
	}
	return hashes, nil
}
