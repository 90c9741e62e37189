package station

import (
	"context"
	"crypto/ecdsa"
	"sync"
	"sync/atomic"

	"polis/app"
	"polis/app/exchange"
	"polis/app/operators"
	"polis/data/secret"
)

// people is what a station knows of its operators and their keys.
type people struct {
	vault *secret.Vault

	mu     sync.Mutex
	acting struct {
		id  string
		key *ecdsa.PrivateKey
	}
	busy   atomic.Bool // somebody tends the keys
	again  atomic.Bool
	ending sync.Mutex
	tended sync.WaitGroup
	over   context.Context //nolint:containedctx // ends with the station
	end    context.CancelFunc
}

func (s *Station) wireOperators() (err error) {
	s.people.vault = secret.NewVault(secret.System(s.Folder))
	s.people.over, s.people.end = context.WithCancel(context.Background())
	s.Office.UseKeys(s.people.vault)
	s.Operators, err = operators.New(operators.Params{
		Store: s.Office, Passwords: secret.Passwords{}, Connect: s.connectManager, Clock: s.clock, ActAs: s.actAs,
	})
	return err
}

// Vault is where this workstation's keys lie.
func (s *Station) Vault() *secret.Vault { return s.people.vault }

// connectManager returns the hub for what a responsabile does there.
func (s *Station) connectManager(ctx context.Context) (operators.Hub, error) {
	d, err := s.Office.Device(ctx)
	if err != nil {
		return nil, err
	}
	if !d.Enrolled() {
		return nil, app.Fault(app.CodeNotEnrolled, nil)
	}
	key, err := s.people.vault.Current()
	if err != nil {
		return nil, err
	}
	if _, err := s.connect(d, key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.client, nil
}

// actAs lets an operator's key sign beside the workstation's.
func (s *Station) actAs(id string, key *ecdsa.PrivateKey) {
	s.people.mu.Lock()
	s.people.acting.id, s.people.acting.key = id, key
	s.people.mu.Unlock()
	s.mu.Lock()
	client := s.client
	s.mu.Unlock()
	if client != nil {
		client.ActAs(id, key)
	}
	s.Review.Wake() // what this person decided and could not send goes now
	s.Network.Wake()
}

// introduce tells a new client who has logged in; call it with the lock of
// the station held.
func (s *Station) introduce() {
	s.people.mu.Lock()
	defer s.people.mu.Unlock()
	s.client.ActAs(s.people.acting.id, s.people.acting.key)
}

// operator is who contacts are logged by.
func (s *Station) operator() string {
	if p, in := s.Operators.Current(); in {
		return p.ID
	}
	return s.device.Operator
}

// audit notes what was done in the name of who is at work.
func (s *Station) audit(ctx context.Context, kind, object string) error {
	s.mu.Lock()
	operator := s.operator()
	s.mu.Unlock()
	return s.Office.Audit(ctx, kind, operator, object, s.clock.Now())
}

// Tend puts the office's secrets in order: it takes and hands out keys, seals
// what lay open, queues what waited. CodeKeyLocked.
func (s *Station) Tend(ctx context.Context) error {
	queued, err := s.Office.Tend(ctx, s.clock.Now())
	if queued {
		s.Send()
	}
	return err
}

// tendSoon tends in the background after an exchange; what cannot be done
// waits for the next one, and diagnose tells why.
func (s *Station) tendSoon() {
	s.people.again.Store(true)
	s.people.ending.Lock() // nothing begins once the end is waited for
	defer s.people.ending.Unlock()
	if s.people.over.Err() != nil || !s.people.busy.CompareAndSwap(false, true) {
		return
	}
	s.people.tended.Go(func() {
		for s.people.again.Swap(false) && s.people.over.Err() == nil {
			_ = s.Tend(context.WithoutCancel(s.people.over)) // see above
		}
		s.people.busy.Store(false)
	})
}

// watching tends the keys when an exchange has ended, and passes its news on.
func (s *Station) watching(tell func(exchange.Status)) func(exchange.Status) {
	return func(st exchange.Status) {
		if tell != nil {
			tell(st)
		}
		if st.Enrolled && !st.Running {
			s.tendSoon()
			if st.Problem == "" {
				s.Network.Wake() // the hub is there
			}
		}
	}
}

// closeOperators waits for what is under way.
func (s *Station) closeOperators() {
	if s.people.end != nil {
		s.people.ending.Lock()
		s.people.end()
		s.people.ending.Unlock()
		s.people.tended.Wait()
	}
}
