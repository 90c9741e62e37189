package station

import (
	"context"
	"encoding/base64"
	"io"
	"path/filepath"
	"sync"

	"polis/app/membership"
	"polis/data/api"
	"polis/data/secret"
	"polis/data/signature"
)

// joining is what a station has for requests to join the network.
type joining struct {
	files  *attachments
	mu     sync.Mutex
	client *api.Applicant
	of     string // hub and its own authority, of client
}

func (s *Station) wireMembership() {
	files := &attachments{folder: filepath.Join(s.Folder, "adesioni"), shown: s.SaveFolder(), signature: signature.ReadSignature}
	s.joining.files = files
	s.Applications = membership.NewApplications(membership.Params{
		Store: s.Office, Files: files, Clock: s.clock, Enrolled: s.network, Connect: s.connectApplicant,
		Seal: secret.SealBytes, AnswerKey: s.people.vault.SealKey, Unseal: s.people.vault.OpenBytes,
	})
	s.Review = membership.NewReview(membership.ReviewParams{
		Store: s.Office, Files: files, Clock: s.clock, Connect: s.connectExaminer, Who: s.who,
	})
}

// Attachment opens a stored document of a request. CodeNotFound.
func (s *Station) Attachment(_ context.Context, sha256 string) (io.ReadCloser, error) {
	return s.joining.files.Open(sha256)
}

// Follow brings membership requests, decisions and edited offices to the hub
// and asks how they stand, until ctx ends.
func (s *Station) Follow(ctx context.Context) {
	_ = s.Tend(ctx) // what was written while the keys did not open; diagnose tells why they still do not
	var both sync.WaitGroup
	both.Go(func() { s.Applications.Run(ctx) })
	both.Go(func() { s.Network.Run(ctx) })
	s.Review.Run(ctx)
	both.Wait()
}

// network is how the enrolment says that the hub is reached.
func (s *Station) network(ctx context.Context) (membership.Network, error) {
	d, err := s.Office.Device(ctx)
	n := membership.Network{Hub: d.Hub, CA: string(d.CA), UploadKey: d.UploadKey}
	for _, root := range d.Roots {
		n.Roots = append(n.Roots, base64.RawURLEncoding.EncodeToString(root))
	}
	return n, err
}

// connectApplicant keeps the client of a network, with its connections.
func (s *Station) connectApplicant(n membership.Network) (membership.Hub, error) {
	key, err := s.people.vault.ApplicantKey()
	if err != nil {
		return nil, err
	}
	j := &s.joining
	j.mu.Lock()
	defer j.mu.Unlock()
	if of := n.Hub + "\x00" + n.CA; j.client != nil && j.of == of { // its keys are no matter for a connection
		return j.client, nil
	}
	c, err := api.NewApplicant(n, key, s.clock, s.proxy.For)
	if err != nil {
		return nil, err
	}
	j.close()
	j.client, j.of = c, n.Hub+"\x00"+n.CA
	return c, nil
}

func (j *joining) end() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.close()
}

// close is called with the lock held.
func (j *joining) close() {
	if j.client != nil {
		j.client.Close()
	}
}

// connectExaminer returns the hub in the name of who is at work.
func (s *Station) connectExaminer(ctx context.Context) (membership.ExaminerHub, error) {
	c, err := s.connected(ctx)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// who is at work, and as what.
func (s *Station) who(ctx context.Context) (operator, role string) {
	p, err := s.Operators.AtWork(ctx)
	if err != nil {
		return "", ""
	}
	return p.ID, p.Role
}
