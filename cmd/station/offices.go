package station

import (
	"context"

	"polis/app/network"
)

// wireNetwork joins the edits of the own offices with the hub and the desk.
func (s *Station) wireNetwork(demonstration bool) {
	s.Network = network.New(network.Params{
		Store: s.Office, Catalogue: s.Catalogue, Clock: s.clock, Who: s.editor, Demonstration: demonstration,
		Authority: func(context.Context) string { return s.identity().Authority },
		Connect:   s.connectOffices,
		Sent: func() {
			if s.Engine != nil {
				s.Send() // the catalogue brings back what the hub took
			}
		},
	})
}

// connectOffices returns the hub in the name of who is at work.
func (s *Station) connectOffices(ctx context.Context) (network.Hub, error) {
	if _, err := s.connectExaminer(ctx); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client, nil
}

// editor is who is at work, and as what; where people log in, nobody is until
// somebody has.
func (s *Station) editor(ctx context.Context) (operator, role string) {
	required, err := s.Operators.Required(ctx)
	if _, in := s.Operators.Current(); err != nil || required && !in {
		return "", ""
	}
	return s.who(ctx)
}
