package hubstore

import (
	"errors"
	"slices"
	"testing"

	"polis/app/region"
	"polis/data/wire"
)

func TestSavepoint(t *testing.T) { onBoth(t, testSavepoint) }

func testSavepoint(t *testing.T, s *Store) {
	t.Helper()
	add := func(tx region.Tx, id string) error {
		_, err := tx.AddUpload(region.StoredUpload{Type: wire.TypeContact, ID: id, Line: []byte(id)})
		return err
	}
	refused := errors.New("refused")
	err := s.Update(t.Context(), func(tx region.Tx) error {
		for _, id := range []string{"a", "b", "c"} {
			err := tx.Savepoint(func() error {
				if err := add(tx, id); err != nil {
					return err
				}
				if id == "b" {
					return refused
				}
				inner := tx.Savepoint(func() error { return errors.Join(add(tx, id+"-undone"), refused) })
				if !errors.Is(inner, refused) {
					t.Errorf("inner %v", inner)
				}
				return tx.Savepoint(func() error { return add(tx, id+"-kept") })
			})
			if (id == "b") != errors.Is(err, refused) {
				t.Errorf("%s: %v", id, err)
			}
		}
		// A statement that the database itself refuses: the row is there.
		for range 2 {
			if err := tx.Savepoint(func() error { return tx.AddDevice(region.Device{ID: "d", Authority: "x"}) }); err == nil {
				t.Error("a device without its operator was stored")
			}
		}
		return add(tx, "d")
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	if err := s.View(t.Context(), func(tx region.Tx) error {
		return tx.ContactLines("", func(line []byte) error { got = append(got, string(line)); return nil })
	}); err != nil || !slices.Equal(got, []string{"a", "a-kept", "c", "c-kept", "d"}) {
		t.Errorf("%v %v", got, err)
	}
}

func TestAnErrorOfTheUpdateUndoesItsSavepoints(t *testing.T) {
	onBoth(t, testAnErrorOfTheUpdateUndoesItsSavepoints)
}

func testAnErrorOfTheUpdateUndoesItsSavepoints(t *testing.T, s *Store) {
	t.Helper()
	stop := errors.New("stop")
	err := s.Update(t.Context(), func(tx region.Tx) error {
		if err := tx.Savepoint(func() error { return tx.SetSecret("a", []byte("b")) }); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("error %v", err)
	}
	if err := s.View(t.Context(), func(tx region.Tx) error {
		if v, err := tx.Secret("a"); v != nil || err != nil {
			t.Errorf("%q %v", v, err)
		}
		return nil
	}); err != nil {
		t.Error(err)
	}
}
