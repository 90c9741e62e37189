package main

import (
	"context"
	"log/slog"
	"sync"

	"polis/app/exchange"
	"polis/cmd/station"
)

// settings are kept in ufficio.db; one that cannot be read is as if it had
// never been set.
type settings struct {
	station *station.Station
	log     *slog.Logger
}

func (s settings) Setting(key string) string {
	v, err := s.station.Office.Setting(context.Background(), "ui."+key)
	if err != nil {
		s.log.Error("setting", "key", key, "error", err)
	}
	return v
}

func (s settings) SetSetting(key, value string) error {
	return s.station.Office.SetSetting(context.Background(), "ui."+key, value)
}

// changes passes the exchange's news to whoever shows them at the moment.
type changes struct {
	mu sync.Mutex
	do func(exchange.Status)
}

func (c *changes) set(do func(exchange.Status)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.do = do
}

func (c *changes) tell(s exchange.Status) {
	c.mu.Lock()
	do := c.do
	c.mu.Unlock()
	if do != nil {
		do(s)
	}
}
